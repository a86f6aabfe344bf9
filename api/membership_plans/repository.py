from collections.abc import Sequence

from sqlalchemy import func, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from core.text import fold
from db.base import AnyRow, matches
from db.models import Member, MembershipPlan


class MembershipPlanRepository(Repository):
    """Plans of one gym."""

    def get(self, plan_id: int) -> MembershipPlan | None:
        return self.session.scalar(
            select(MembershipPlan).where(
                MembershipPlan.in_gym(self.gym_id), MembershipPlan.plan_id == plan_id
            )
        )

    def has_name(self, name: str, *, except_id: int | None = None) -> bool:
        query = select(MembershipPlan.plan_id).where(
            MembershipPlan.in_gym(self.gym_id),
            MembershipPlan.name_key == fold(name),
            MembershipPlan.plan_id != except_id,
        )
        return self.session.scalar(query) is not None

    def count_members(self, plan_id: int) -> int:
        return self.count(Member, Member.in_gym(self.gym_id), Member.plan_id == plan_id)

    def page(self, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Plans with their number of members: sold ones first, then by name."""
        members = (
            select(func.count())
            .where(matches(Member.plan_id, MembershipPlan.plan_id))
            .correlate(MembershipPlan)
            .scalar_subquery()
        )
        rows = self.session.execute(
            select(MembershipPlan, members.label("members"))
            .where(MembershipPlan.in_gym(self.gym_id))
            .order_by(
                MembershipPlan.is_active.desc(),
                MembershipPlan.name_key,
                MembershipPlan.plan_id,
            )
            .limit(page.size)
            .offset(page.offset)
        ).all()
        return rows, self.count(MembershipPlan, MembershipPlan.in_gym(self.gym_id))
