"""The cards and other numbers of a member, and whose a number is."""

from datetime import datetime

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.members.errors import NoLongerKept
from api.members.numbers.errors import NumberAmbiguous, NumberEnded, NumberUnknown, ValueTaken
from api.members.numbers.repository import NumberLookup, NumberRepository
from api.members.numbers.schemas import LookupRequest, NumberCreate, NumberItem
from api.members.repository import MemberRepository
from core.clock import to_local_day
from db.models import MemberNumber, Standing


def create(
    session: Session, caller: Principal, member_id: int, data: NumberCreate, *, now: datetime
) -> NumberItem:
    """Raises `ValueTaken`, also where it is the member number of somebody else."""
    numbers = _numbers_of(session, caller, member_id, writes=True)
    if NumberLookup(session, caller.gym_id).find_holders(data.value) - {member_id}:
        raise ValueTaken(data.value)
    number = MemberNumber(
        gym_id=caller.gym_id,
        member_id=member_id,
        kind=data.kind,
        value=data.value,
        given_on=to_local_day(now, caller.gym.timezone),
    )
    numbers.add(number)
    return _to_item(number)


def end(
    session: Session, caller: Principal, member_id: int, number_id: int, *, now: datetime
) -> NumberItem:
    """It opens nothing any more, and may be given to somebody else. Again changes nothing."""
    numbers = _numbers_of(session, caller, member_id)
    number = numbers.get_or_refuse(number_id)
    if number.ended_on is None:
        day = to_local_day(now, caller.gym.timezone)
        numbers.update(number, {"ended_on": max(day, number.given_on)})
    return _to_item(number)


def list_page(
    session: Session, caller: Principal, member_id: int, page: PageRequest
) -> Page[NumberItem]:
    rows, total = _numbers_of(session, caller, member_id).list_page(page)
    return Page[NumberItem].of([_to_item(row) for row in rows], total, page)


def look_up(session: Session, caller: Principal, data: LookupRequest) -> int:
    """Whose valid number it is. Raises `NumberUnknown`, `NumberEnded`, `NumberAmbiguous`."""
    lookup = NumberLookup(session, caller.gym_id)
    holders = lookup.find_holders(data.number)
    if len(holders) > 1:
        raise NumberAmbiguous
    if not holders:
        ended_on = lookup.find_end(data.number)
        raise NumberUnknown if ended_on is None else NumberEnded(ended_on)
    return holders.pop()


def _numbers_of(
    session: Session, caller: Principal, member_id: int, *, writes: bool = False
) -> NumberRepository:
    member = MemberRepository(session, caller.gym_id).get_or_refuse(member_id)
    if writes and member.standing in (Standing.ERASED, Standing.MERGED):
        raise NoLongerKept
    return NumberRepository(session, caller.gym_id, member_id=member_id)


def _to_item(number: MemberNumber) -> NumberItem:
    return NumberItem(
        number_id=number.number_id,
        kind=number.kind,
        value=number.value,
        given_on=number.given_on,
        ended_on=number.ended_on,
    )
