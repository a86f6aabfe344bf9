from collections.abc import Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from db.base import AnyRow, AnySelect, matches
from db.models import Membership, MembershipPlan


class MembershipRepository(Repository):
    """Memberships of one gym."""

    def get(self, membership_id: int) -> Membership | None:
        return self.session.scalar(
            select(Membership).where(
                Membership.in_gym(self.gym_id), Membership.membership_id == membership_id
            )
        )

    def find_overlap(
        self, member_id: int, starts_on: date, ends_on: date | None
    ) -> Membership | None:
        """A membership of the member that shares a day with the period."""
        query = select(Membership).where(
            Membership.in_gym(self.gym_id),
            Membership.member_id == member_id,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= starts_on),
        )
        if ends_on is not None:
            query = query.where(Membership.starts_on <= ends_on)
        return self.session.scalar(query.limit(1))

    def page(self, page: PageRequest, *, member_id: int | None) -> tuple[Sequence[AnyRow], int]:
        where = [Membership.in_gym(self.gym_id)]
        if member_id is not None:
            where.append(Membership.member_id == member_id)
        rows = self.session.execute(
            self._newest_first(*where).limit(page.size).offset(page.offset)
        ).all()
        return rows, self.count(Membership, *where)

    def list_of(self, member_id: int) -> Sequence[AnyRow]:
        """All of a member."""
        own = self._newest_first(Membership.in_gym(self.gym_id), Membership.member_id == member_id)
        return self.session.execute(own).all()

    def _newest_first(self, *conditions: ColumnElement[bool]) -> AnySelect:
        """Each with its plan's name."""
        return (
            select(Membership, MembershipPlan.name.label("plan_name"))
            .join(MembershipPlan, matches(MembershipPlan.plan_id, Membership.plan_id))
            .where(*conditions)
            .order_by(Membership.starts_on.desc(), Membership.membership_id.desc())
        )
