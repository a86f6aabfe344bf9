from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.pagination import PageRequest
from db.base import AnyRow, matches
from db.models import Member, MembershipPlan


class MembershipPlanRepository:
    """Plans of one gym."""

    def __init__(self, session: Session, gym_id: int) -> None:
        self.session = session
        self.gym_id = gym_id

    def get(self, plan_id: int) -> MembershipPlan | None:
        return self.session.scalar(
            select(MembershipPlan).where(
                MembershipPlan.in_gym(self.gym_id), MembershipPlan.plan_id == plan_id
            )
        )

    def has_name(self, name: str, *, except_id: int | None = None) -> bool:
        query = select(MembershipPlan.plan_id).where(
            MembershipPlan.in_gym(self.gym_id),
            MembershipPlan.name == name,
            MembershipPlan.plan_id != except_id,
        )
        return self.session.scalar(query) is not None

    def add(self, plan: MembershipPlan) -> None:
        self.session.add(plan)
        self.session.flush()

    def count_members(self, plan_id: int) -> int:
        query = select(func.count()).where(Member.in_gym(self.gym_id), Member.plan_id == plan_id)
        return self.session.scalar(query) or 0

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
                func.lower(MembershipPlan.name),
                MembershipPlan.plan_id,
            )
            .limit(page.size)
            .offset(page.offset)
        ).all()
        total = self.session.scalar(
            select(func.count())
            .select_from(MembershipPlan)
            .where(MembershipPlan.in_gym(self.gym_id))
        )
        return rows, total or 0
