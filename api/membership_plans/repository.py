from collections.abc import Sequence
from typing import ClassVar

from sqlalchemy import func, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.membership_plans.errors import PlanNameTaken, PlanNotFound
from db.base import AnyRow, matches
from db.models import Member, MembershipPlan


class MembershipPlanRepository(Repository[MembershipPlan]):
    """Plans of one gym."""

    model = MembershipPlan
    not_found = PlanNotFound
    taken: ClassVar = {"uq_packages_gym_id_name_key": PlanNameTaken}

    def count_members(self, plan_id: int) -> int:
        return self.count(Member, Member.in_gym(self.gym_id), Member.plan_id == plan_id)

    def list_page(self, page: PageRequest) -> tuple[Sequence[AnyRow], int]:
        """Plans with their number of members: sold ones first, then by name."""
        members = (
            select(func.count())
            .where(matches(Member.plan_id, MembershipPlan.plan_id))
            .correlate(MembershipPlan)
            .scalar_subquery()
        )
        query = select(MembershipPlan, members.label("members")).order_by(
            MembershipPlan.is_active.desc(), MembershipPlan.name_key
        )
        return self.paginate_rows(query, page, self.is_own(), counted=MembershipPlan)
