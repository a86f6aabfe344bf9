"""Members come and leave, and what was recorded by mistake is taken back."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy.orm import Session

from api.attendance_reports import service as reports
from api.check_ins.errors import (
    AlreadyCheckedIn,
    AlreadyLeft,
    CheckInNotFound,
    EarlierVisit,
    EntryRefused,
    MayNotOverride,
    TimeRefused,
)
from api.check_ins.repository import CheckInRepository
from api.check_ins.schemas import (
    AlertItem,
    CheckInCreate,
    CheckInItem,
    CheckOutRequest,
    Entry,
)
from api.kit.pagination import Page, PageRequest
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import Principal
from api.locations.errors import LocationNotFound
from api.memberships.errors import MemberNotFound
from core.access import AccessFacts, Decision, decide
from core.arrivals import Arrival, find_alerts
from core.clock import to_instant, to_local_day
from core.limits import EARLIEST_YEAR, MAX_CLOCK_AHEAD, MAX_VISIT
from core.translation import t
from db.models import CheckIn, Gym
from db.session import GymSession
from db.stats.member_changes import changing_members
from db.stats.visit_hours import MAX_STAY

log = logging.getLogger(__name__)

_ARRIVAL = TypeAdapter(Arrival)
ACCESS = TypeAdapter(AccessFacts)
EARLIEST = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC)


def enter(session: Session, caller: Principal, data: CheckInCreate, *, now: datetime) -> Entry:
    """Record a visit. A second scan of the same visit is refused, also when they race.

    A scan of now, after every other visit, is one statement; what was written down and comes later
    is counted again with all else. Raises `EntryRefused` where the gym's desk refuses whom the
    rules refuse; else, and where they are let in all the same, `alerts` says what the rules say.
    """
    gym = caller.gym
    check_ins = CheckInRepository(session, gym.gym_id)
    if data.check_in is not None:
        return _write_down(check_ins, caller, data, now=now)
    answer = check_ins.record_visit(data.member_id, now, data.method, data.location_id)
    match answer.get("error"):
        case "not_the_newest":
            return _write_down(check_ins, caller, data, now=now)
        case "member_not_found":
            raise MemberNotFound(data.member_id)
        case "location_not_found":
            raise LocationNotFound(data.location_id)
        case "already_checked_in":
            raise AlreadyCheckedIn(
                answer["check_in_id"], datetime.fromisoformat(answer["check_in"])
            )
    decision = decide(ACCESS.validate_python(answer.pop("access")), now, gym.timezone)
    noted = _admit(caller, decision, data.override_reason)
    if noted:
        check_ins.note_access(answer["check_in_id"], noted)
    alerts = list_alerts(decision, answer.pop("arrival"))
    reason = noted.get("let_in_because")
    return Entry.model_validate(answer | {"alerts": alerts, "override_reason": reason})


def list_alerts(decision: Decision, arrival: Mapping[str, Any]) -> list[AlertItem]:
    """What the desk should know of a visit of now, in the language of the request."""
    known = _ARRIVAL.validate_python({**arrival, "visits_left": decision.visits_left})
    alerts = [AlertItem.of_denial(denial) for denial in decision.denials]
    return [*alerts, *(AlertItem.of(alert) for alert in find_alerts(known))]


def _write_down(
    check_ins: CheckInRepository, caller: Principal, data: CheckInCreate, *, now: datetime
) -> Entry:
    """Record a visit that began before now, or before one that is known. Of a member who would be
    inside by it the rules are asked; what is longer ago is history."""
    session, gym = check_ins.session, caller.gym
    moment = _read_time(data.check_in, gym, now)
    with changing_members(session, gym, [data.member_id], now=now) as changes:
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
            **_admit(caller, decision, data.override_reason),
        )
        check_ins.add(visit)
    item = _to_item(visit, check_ins.name_of(data.member_id) or "")
    alerts = [AlertItem.of_denial(denial) for denial in decision.denials]
    return Entry(**item.model_dump(), alerts=alerts)


def _admit(caller: Principal, decision: Decision, override_reason: str | None) -> dict[str, Any]:
    """What the visit's row keeps of the decision. Raises `EntryRefused` and `MayNotOverride`."""
    noted: dict[str, Any] = {}
    if decision.pack is not None:
        noted["pack_id"] = decision.pack.membership_id
    if not decision.denials:
        return noted
    if override_reason is None:
        if caller.gym.enforces_access:
            raise EntryRefused(decision.denials)
        return noted
    if not is_allowed(caller.role, Permission.OVERRIDE_ACCESS):
        raise MayNotOverride
    return noted | {
        "refused_for": [denial.kind for denial in decision.denials],
        "let_in_by": caller.user_id,
        "let_in_because": override_reason,
    }


def leave(
    session: Session, caller: Principal, check_in_id: int, data: CheckOutRequest, *, now: datetime
) -> CheckInItem:
    """Record when a visit ended. Repeating the same time changes nothing."""
    gym = caller.gym
    check_ins = CheckInRepository(session, gym.gym_id)
    with _changing(check_ins, gym, check_in_id, now=now) as visit:
        moment = _read_time(data.check_out, gym, now)
        if moment < visit.check_in:
            raise TimeRefused(t("The member cannot leave before they entered."))
        if moment > visit.check_in + MAX_VISIT:
            hours = MAX_VISIT // timedelta(hours=1)
            raise TimeRefused(
                t("A visit lasts {hours} hours at most; give the time when they left.", hours=hours)
            )
        following = check_ins.find_next(visit.member_id, visit.check_in)
        if following is not None and moment > following.check_in:
            raise TimeRefused(t("The member came again before that time; give an earlier one."))
        if visit.check_out is not None and visit.check_out != moment and data.check_out is None:
            raise AlreadyLeft(visit)
        visit.check_out = moment
    return _to_item(visit, check_ins.name_of(visit.member_id) or "")


def take_back(session: GymSession, caller: Principal, check_in_id: int, *, now: datetime) -> None:
    """Delete a visit that never was, and take it out of every figure that is stored.

    The report of its day is computed again, and that of the day on which the member came next: they
    may have been new, or back, on that day instead.
    """
    gym = caller.gym
    check_ins = CheckInRepository(session, gym.gym_id)
    with _changing(check_ins, gym, check_in_id, now=now) as visit:
        session.refresh(gym, ["timezone"])  # it may have changed while this waited
        day = to_local_day(visit.check_in, gym.timezone)
        takes_all = is_allowed(caller.role, Permission.TAKE_BACK_EARLIER_CHECK_INS)
        if day < to_local_day(now, gym.timezone) and not takes_all:
            raise EarlierVisit
        following = check_ins.find_next(visit.member_id, visit.check_in)
        check_ins.delete(visit)
        days = {day, to_local_day(following.check_in, gym.timezone)} if following else {day}
        reports.bring_up_to_date(session, gym, days, now=now)
    log.info(
        "visit_taken_back",
        extra={
            "gym_id": gym.gym_id,
            "user_id": caller.user_id,
            "member_id": visit.member_id,
            "check_in_id": check_in_id,
            "check_in": visit.check_in.isoformat(),
        },
    )


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    member_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    inside_at: datetime | None = None,
) -> Page[CheckInItem]:
    """Visits newest first. Times without offset are the gym's local time.

    With `inside_at`, those that had begun by that moment, and not ended as far as anybody knows: a
    visit without an exit is over after `MAX_STAY`.
    """
    gym = caller.gym
    rows, total = CheckInRepository(session, gym.gym_id).list_page(
        page,
        member_id=member_id,
        since=_to_instant(since, gym) if since else None,
        until=_to_instant(until, gym) if until else None,
        inside_at=inside_at,
    )
    items = [_to_item(row.CheckIn, row.member_name) for row in rows]
    return Page[CheckInItem].of(items, total, page)


@contextmanager
def _changing(
    check_ins: CheckInRepository, gym: Gym, check_in_id: int, *, now: datetime
) -> Iterator[CheckIn]:
    """Hold a visit and its member. It may be gone once this has waited for others."""
    member_id = check_ins.member_of(check_in_id)
    if member_id is None:
        raise CheckInNotFound(check_in_id)
    with changing_members(check_ins.session, gym, [member_id], now=now):
        visit = check_ins.get(check_in_id, fresh=True)
        if visit is None:
            raise CheckInNotFound(check_in_id)
        yield visit


def _read_time(given: datetime | None, gym: Gym, now: datetime) -> datetime:
    if given is None:
        return now
    moment = _to_instant(given, gym)
    if moment > now + MAX_CLOCK_AHEAD:
        raise TimeRefused(t("That time lies in the future; a visit is recorded when it happened."))
    if moment < EARLIEST:
        raise TimeRefused(
            t(
                "That time lies before the year {earliest_year}; check the date.",
                earliest_year=EARLIEST_YEAR,
            )
        )
    # Rows of files keep their times, so that the same file again is the same visits.
    return min(moment, now)


def _to_instant(given: datetime, gym: Gym) -> datetime:
    try:
        return to_instant(given, gym.timezone)
    except OverflowError as error:  # at the ends of the calendar
        raise TimeRefused(t("That time cannot be understood.")) from error


def _to_item(visit: CheckIn, member_name: str) -> CheckInItem:
    return CheckInItem(
        check_in_id=visit.check_in_id,
        member_id=visit.member_id,
        member_name=member_name,
        check_in=visit.check_in,
        check_out=visit.check_out,
        method=visit.method,
        location_id=visit.location_id,
        override_reason=visit.let_in_because,
    )
