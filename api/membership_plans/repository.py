from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from sqlalchemy import ColumnElement, Date, func, literal, or_, select

from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from api.membership_plans.errors import PlanNameTaken, PlanNotFound
from core.plans import PlanKind
from db.base import AnyRow, matches
from db.models import Member, Membership, MembershipPlan


class MembershipPlanRepository(Repository[MembershipPlan]):
    """Plans of one gym."""

    model = MembershipPlan
    not_found = PlanNotFound
    taken: ClassVar = {"uq_packages_gym_id_name_key": PlanNameTaken}

    def lock_or_refuse(self, plan_id: int) -> MembershipPlan:
        """Keeps it from being changed or given to somebody else until the transaction ends."""
        query = select(MembershipPlan).where(self.is_own(), MembershipPlan.plan_id == plan_id)
        plan = self.session.scalar(
            query.with_for_update(key_share=True).execution_options(populate_existing=True)
        )
        if plan is None:
            raise PlanNotFound(plan_id)
        return plan

    def was_held(self, plan_id: int) -> bool:
        """Whether a member is on it, was, or will be."""
        return self.count(Membership, *self._memberships_on(plan_id)) > 0

    def count_most_members(self, plan_id: int, starts_on: date, ends_on: date | None) -> int:
        """Members on the plan at a time, on that day of the period on which they are most: its
        first, or one on which a membership begins."""
        on_plan = self._memberships_on(plan_id)
        begins = select(Membership.starts_on.label("day")).where(
            *on_plan, Membership.starts_on > starts_on
        )
        if ends_on is not None:
            begins = begins.where(Membership.starts_on <= ends_on)
        days = begins.union(select(literal(starts_on, Date).label("day"))).subquery()
        on_day = (
            select(func.count().label("members"))
            .select_from(days)
            .join(
                Membership,
                (Membership.starts_on <= days.c.day)
                & or_(Membership.ends_on.is_(None), Membership.ends_on >= days.c.day),
            )
            .where(*on_plan)
            .group_by(days.c.day)
            .subquery()
        )
        return self.session.scalar(select(func.max(on_day.c.members))) or 0

    def _memberships_on(self, plan_id: int) -> Sequence[ColumnElement[bool]]:
        return (Membership.in_gym(self.gym_id), Membership.plan_id == plan_id)

    def count_members(self, plan_id: int) -> int:
        return self.count(Member, Member.in_gym(self.gym_id), Member.plan_id == plan_id)

    def list_page(
        self, page: PageRequest, *, kind: PlanKind | None, is_active: bool | None
    ) -> tuple[Sequence[AnyRow], int]:
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
        where = [self.is_own()]
        if kind is not None:
            where.append(MembershipPlan.kind == kind)
        if is_active is not None:
            where.append(MembershipPlan.is_active == is_active)
        return self.paginate_rows(query, page, *where, counted=MembershipPlan)
