"""Members enter: by name or number at a desk, by a code at a desk or a kiosk."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from api.check_ins.door_codes import service as door_codes
from api.check_ins.door_codes.schemas import ScanRequest
from api.check_ins.errors import AlreadyCheckedIn, EntryRefused, MayNotOverride
from api.check_ins.repository import CheckInRepository
from api.check_ins.schemas import AlertItem, CheckInCreate, CheckInItem, Entry
from api.check_ins.times import read_time
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import Principal
from api.locations.errors import LocationNotFound
from api.memberships.errors import MemberNotFound
from core.access import AccessFacts, Decision, decide
from core.arrivals import Arrival, find_alerts
from core.clock import to_local_day
from core.door_codes import DoorCode
from db.models import CheckIn, Gym
from db.stats.member_changes import changing_members
from db.stats.visit_hours import MAX_STAY

_ARRIVAL = TypeAdapter(Arrival)
ACCESS = TypeAdapter(AccessFacts)
BY_CODE = "qr"
NOT_THE_NEWEST = "not_the_newest"
Admit = Callable[[int, Decision], Mapping[str, Any]]
"""What the row of a member's visit keeps of a decision; raises `EntryRefused` for whom it keeps
out."""


def enter(session: Session, caller: Principal, data: CheckInCreate, *, now: datetime) -> Entry:
    """Record a visit. A second scan of the same visit is refused, also when they race.

    A scan of now, after every other visit, is one statement; what was written down and comes later
    is counted again with all else. Raises `EntryRefused` where the gym's desk refuses whom the
    rules refuse; else, and where they are let in all the same, `alerts` says what the rules say.
    """
    return _enter(session, caller.gym, data, partial(_admit, caller, data.override_reason), now=now)


def enter_by_code(
    session: Session,
    caller: Principal,
    data: ScanRequest,
    secrets: Sequence[str],
    *,
    now: datetime,
) -> Entry:
    """`enter` for whoever shows a code at the desk. Raises `DoorCodeRefused`."""
    code = door_codes.read(data.code, caller.gym_id, secrets, now=now)
    door_codes.use(session, code, now=now)
    entry = CheckInCreate(member_id=code.member_id, location_id=data.location_id, method=BY_CODE)
    admit = partial(_admit, caller, data.override_reason)
    return _enter(session, caller.gym, entry, admit, now=now)


def enter_at_kiosk(
    session: Session, gym: Gym, code: DoorCode, location_id: int, *, now: datetime
) -> Entry:
    """Nobody is there to let in whom the rules refuse. Raises `DoorCodeRefused`."""
    door_codes.use(session, code, now=now)
    entry = CheckInCreate(member_id=code.member_id, location_id=location_id, method=BY_CODE)
    return _enter(session, gym, entry, admit_by_rules, now=now)


def _enter(
    session: Session, gym: Gym, data: CheckInCreate, admit: Admit, *, now: datetime
) -> Entry:
    check_ins = CheckInRepository(session, gym.gym_id)
    if data.check_in is not None:
        return _write_down(check_ins, gym, data, admit, now=now)
    answer = check_ins.record_visit(data.member_id, now, data.method, data.location_id)
    if answer.get("error") == NOT_THE_NEWEST:
        return _write_down(check_ins, gym, data, admit, now=now)
    return conclude(answer, data, admit, check_ins.note_access, timezone=gym.timezone, now=now)


def conclude(
    answer: dict[str, Any],
    data: CheckInCreate,
    admit: Admit,
    note: Callable[[int, Mapping[str, Any]], None],
    *,
    timezone: str,
    now: datetime,
) -> Entry:
    """What `record_visit` answered of a visit of now: decide on it, note what is to be noted, and
    say what the desk should know. Raises what was refused."""
    match answer.get("error"):
        case "member_not_found":
            raise MemberNotFound(data.member_id)
        case "location_not_found":
            raise LocationNotFound(data.location_id)
        case "already_checked_in":
            raise AlreadyCheckedIn(
                answer["check_in_id"], datetime.fromisoformat(answer["check_in"])
            )
    decision = decide(ACCESS.validate_python(answer.pop("access")), now, timezone)
    noted = admit(data.member_id, decision)
    if noted:
        note(answer["check_in_id"], noted)
    alerts = list_alerts(decision, answer.pop("arrival"))
    reason = noted.get("let_in_because")
    return Entry.model_validate(answer | {"alerts": alerts, "override_reason": reason})


def list_alerts(decision: Decision, arrival: Mapping[str, Any]) -> list[AlertItem]:
    """What the desk should know of a visit of now, in the language of the request."""
    known = _ARRIVAL.validate_python({**arrival, "visits_left": decision.visits_left})
    alerts = [AlertItem.of_denial(denial) for denial in decision.denials]
    return [*alerts, *(AlertItem.of(alert) for alert in find_alerts(known))]


def _write_down(
    check_ins: CheckInRepository, gym: Gym, data: CheckInCreate, admit: Admit, *, now: datetime
) -> Entry:
    """Record a visit that began before now, or before one that is known. Of a member who would be
    inside by it the rules are asked; what is longer ago is history."""
    moment = read_time(data.check_in, gym, now)
    with changing_members(check_ins.session, gym, [data.member_id], now=now) as changes:
        if not changes.found:
            raise MemberNotFound(data.member_id)
        location_id = data.location_id or check_ins.find_only_location()
        day = to_local_day(moment, gym.timezone)
        facts = ACCESS.validate_python(
            check_ins.read_access(data.member_id, moment, day, location_id)
        )
        if location_id is not None and facts.place is None:
            raise LocationNotFound(location_id)
        same = check_ins.find_same_visit(data.member_id, moment)
        if same is not None:
            raise AlreadyCheckedIn(same.check_in_id, same.check_in)
        decision = decide(facts, moment, gym.timezone)
        if moment < now - MAX_STAY:
            decision = replace(decision, denials=())
        visit = CheckIn(
            gym_id=gym.gym_id,
            member_id=data.member_id,
            check_in=moment,
            method=data.method,
            location_id=location_id,
            **admit(data.member_id, decision),
        )
        check_ins.add(visit)
    item = CheckInItem.of(visit, check_ins.name_of(data.member_id) or "")
    alerts = [AlertItem.of_denial(denial) for denial in decision.denials]
    return Entry(**item.model_dump(), alerts=alerts)


def _admit(
    caller: Principal, override_reason: str | None, member_id: int, decision: Decision
) -> Mapping[str, Any]:
    """At a desk, which may only be warned, and may let in all the same. Raises `MayNotOverride`."""
    if not decision.denials or (override_reason is None and not caller.gym.enforces_access):
        return _note_pack(decision)
    if override_reason is None:
        raise EntryRefused(member_id, decision.denials)
    if not is_allowed(caller.role, Permission.OVERRIDE_ACCESS):
        raise MayNotOverride
    return _note_pack(decision) | {
        "refused_for": [denial.kind for denial in decision.denials],
        "let_in_by": caller.user_id,
        "let_in_because": override_reason,
    }


def admit_by_rules(member_id: int, decision: Decision) -> Mapping[str, Any]:
    if decision.denials:
        raise EntryRefused(member_id, decision.denials)
    return _note_pack(decision)


def admit_all(_member_id: int, decision: Decision) -> Mapping[str, Any]:
    return _note_pack(decision)


def _note_pack(decision: Decision) -> dict[str, Any]:
    return {} if decision.pack is None else {"pack_id": decision.pack.membership_id}
