from collections.abc import Sequence
from datetime import date

from sqlalchemy import or_, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.memberships.errors import MembershipNotFound
from db.base import AnyRow, AnySelect, matches
from db.models import Membership, MembershipPlan


class MembershipRepository(Repository[Membership]):
    """Memberships of one gym."""

    model = Membership
    not_found = MembershipNotFound

    def find_overlap(
        self, member_id: int, starts_on: date, ends_on: date | None
    ) -> Membership | None:
        """A membership of the member that shares a day with the period."""
        query = select(Membership).where(
            self.is_own(),
            Membership.member_id == member_id,
            or_(Membership.ends_on.is_(None), Membership.ends_on >= starts_on),
        )
        if ends_on is not None:
            query = query.where(Membership.starts_on <= ends_on)
        return self.session.scalar(query.limit(1))

    def list_page(
        self, page: PageRequest, *, member_id: int | None
    ) -> tuple[Sequence[AnyRow], int]:
        where = [self.is_own()]
        if member_id is not None:
            where.append(Membership.member_id == member_id)
        return self.paginate_rows(_newest_first(), page, *where, counted=Membership)

    def list_of_member(self, member_id: int) -> Sequence[AnyRow]:
        """All of a member."""
        own = _newest_first().where(self.is_own(), Membership.member_id == member_id)
        return self.session.execute(own).all()


def _newest_first() -> AnySelect:
    """Each with its plan's name."""
    return (
        select(Membership, MembershipPlan.name.label("plan_name"))
        .join(MembershipPlan, matches(MembershipPlan.plan_id, Membership.plan_id))
        .order_by(Membership.starts_on.desc(), Membership.membership_id.desc())
    )
