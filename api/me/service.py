"""What a member sees of themselves and does alone. Every rule is that of the desk; what is another
member's does not exist."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.check_ins import service as check_ins
from api.check_ins.statistics import service as statistics
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.me.errors import NoMember, NoticeOfTheGym
from api.me.repository import find_member_of, find_who_gave_notice
from api.me.schemas import OwnCancelRequest, OwnMember, OwnMembership, OwnVisit
from api.memberships import moves
from api.memberships import service as memberships
from api.memberships.errors import MembershipNotFound
from api.memberships.repository import MembershipRepository
from api.memberships.schemas import (
    CancelRequest,
    FreezeRequest,
    UnfreezeRequest,
    WithdrawRequest,
)
from core.clock import to_local_day
from core.memberships.moves import MembershipMove
from db.models import Member

OWN_MOVES = (
    MembershipMove.FREEZE,
    MembershipMove.UNFREEZE,
    MembershipMove.CANCEL,
    MembershipMove.WITHDRAW,
)
"""What costs nothing: a member renews and changes plans where they pay, at the desk."""


def read(session: Session, caller: Principal, *, now: datetime) -> OwnMember:
    """Raises `NoMember`."""
    member = _find_own(session, caller)
    history = statistics.read_history(session, caller, member.member_id, now=now)
    today = to_local_day(now, caller.gym.timezone)
    held = memberships.list_of_member(session, caller, member.member_id, day=today)
    return OwnMember(
        member_id=member.member_id,
        name=member.name or "",
        number=member.number,
        status=member.status,
        visits=history.visits,
        last_visit=history.last_visit,
        current_weeks=history.current_weeks,
        longest_weeks=history.longest_weeks,
        memberships=[_read_own(session, caller, one.membership_id, now=now) for one in held],
    )


def list_visits(session: Session, caller: Principal, page: PageRequest) -> Page[OwnVisit]:
    """Newest first. Raises `NoMember`."""
    member = _find_own(session, caller)
    found = check_ins.list_page(session, caller, page, member_id=member.member_id)
    visits = [OwnVisit.model_validate(one.model_dump()) for one in found.items]
    return Page[OwnVisit].of(visits, found.total, page)


def freeze(
    session: Session, caller: Principal, membership_id: int, data: FreezeRequest, *, now: datetime
) -> OwnMembership:
    _check_own(session, caller, membership_id)
    moves.freeze(session, caller, membership_id, data, now=now)
    return _read_own(session, caller, membership_id, now=now)


def unfreeze(
    session: Session, caller: Principal, membership_id: int, data: UnfreezeRequest, *, now: datetime
) -> OwnMembership:
    _check_own(session, caller, membership_id)
    moves.unfreeze(session, caller, membership_id, data, now=now)
    return _read_own(session, caller, membership_id, now=now)


def cancel(
    session: Session,
    caller: Principal,
    membership_id: int,
    data: OwnCancelRequest,
    *,
    now: datetime,
) -> OwnMembership:
    """By the plan's notice period: another last day is agreed at the desk."""
    _check_own(session, caller, membership_id)
    notice = CancelRequest(reason=data.reason, note=data.note)
    moves.cancel(session, caller, membership_id, notice, now=now)
    return _read_own(session, caller, membership_id, now=now)


def withdraw_cancellation(
    session: Session, caller: Principal, membership_id: int, data: WithdrawRequest, *, now: datetime
) -> OwnMembership:
    """Of a notice that they gave themselves. Raises `NoticeOfTheGym`."""
    _check_own(session, caller, membership_id)
    moves.withdraw_cancellation(session, caller, membership_id, data, now=now)
    # Asked while the move holds the membership: a notice of this moment counts.
    if _is_notice_of_the_gym(session, caller, membership_id):
        raise NoticeOfTheGym
    return _read_own(session, caller, membership_id, now=now)


def _check_own(session: Session, caller: Principal, membership_id: int) -> None:
    """Raises `NoMember` and `MembershipNotFound`."""
    member = _find_own(session, caller)
    row = MembershipRepository(session, caller.gym_id).get_or_refuse(membership_id)
    if row.member_id != member.member_id:
        raise MembershipNotFound(membership_id)


def _find_own(session: Session, caller: Principal) -> Member:
    member = find_member_of(session, caller.gym_id, caller.user_id)
    if member is None:
        raise NoMember
    return member


def _read_own(
    session: Session, caller: Principal, membership_id: int, *, now: datetime
) -> OwnMembership:
    detail = memberships.read(session, caller, membership_id, now=now)
    possible = [move for move in detail.possible_moves if move in OWN_MOVES]
    if MembershipMove.WITHDRAW in possible and _is_notice_of_the_gym(
        session, caller, membership_id
    ):
        possible.remove(MembershipMove.WITHDRAW)
    return OwnMembership.model_validate(detail.model_dump() | {"possible_moves": possible})


def _is_notice_of_the_gym(session: Session, caller: Principal, membership_id: int) -> bool:
    """Whether the last notice of a membership was given by somebody else than the caller."""
    return find_who_gave_notice(session, caller.gym_id, membership_id) != caller.user_id
