from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from api.kit.pagination import PageRequest
from api.kit.repository import GymQueries, Repository
from api.members.numbers.errors import NumberNotFound, ValueTaken
from core.text import fold
from db.base import matches
from db.models import Member, MemberNumber, Standing

_AT_THE_DOOR = Member.standing.in_((Standing.MEMBER, Standing.STAFF, Standing.GUEST))


class NumberRepository(Repository[MemberNumber]):
    """The numbers of one member, beside that of the member's own row."""

    model = MemberNumber
    not_found = NumberNotFound
    taken: ClassVar = {"uq_member_numbers_gym_id_value_key": ValueTaken}

    def __init__(self, session: Session, gym_id: int, *, member_id: int) -> None:
        super().__init__(session, gym_id)
        self.member_id = member_id

    def is_own(self) -> ColumnElement[bool]:
        return super().is_own() & (MemberNumber.member_id == self.member_id)

    def list_page(self, page: PageRequest) -> tuple[Sequence[MemberNumber], int]:
        """Valid ones first, then the newest."""
        order = [MemberNumber.ended_on.desc().nulls_first(), MemberNumber.number_id.desc()]
        return self.paginate(page, order=order)


class NumberLookup(GymQueries):
    """Whose a number is, among all of the gym."""

    def find_holders(self, value: str) -> set[int]:
        """Whose valid number it is. Two only where a card is another one's member number."""
        own = select(func.coalesce(Member.merged_into, Member.member_id)).where(
            Member.in_gym(self.gym_id),
            Member.number == value,
            or_(_AT_THE_DOOR, Member.merged_into.is_not(None)),
        )
        other = (
            select(MemberNumber.member_id)
            .join(Member, matches(Member.member_id, MemberNumber.member_id))
            .where(
                MemberNumber.in_gym(self.gym_id),
                MemberNumber.value_key == fold(value),
                MemberNumber.ended_on.is_(None),
                _AT_THE_DOOR,
            )
        )
        return set(self.session.scalars(own.union(other)))

    def find_end(self, value: str) -> date | None:
        """When it last ended, for a number that nobody has any more."""
        return self.session.scalar(
            select(MemberNumber.ended_on)
            .where(
                MemberNumber.in_gym(self.gym_id),
                MemberNumber.value_key == fold(value),
                MemberNumber.ended_on.is_not(None),
            )
            .order_by(MemberNumber.ended_on.desc())
            .limit(1)
        )
