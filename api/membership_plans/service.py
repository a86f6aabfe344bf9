"""What a gym sells."""

from sqlalchemy.orm import Session

from api.kit.errors import Conflict, NotFound
from api.kit.pagination import Page, PageRequest
from api.membership_plans.repository import MembershipPlanRepository
from api.membership_plans.schemas import Plan, PlanCreate, PlanUpdate
from db.models import Gym, MembershipPlan


class PlanNotFound(NotFound):
    code = "plan_not_found"

    def __init__(self, plan_id: int) -> None:
        super().__init__(f"This gym has no membership plan {plan_id}.")


class PlanNameTaken(Conflict):
    code = "plan_name_taken"

    def __init__(self, name: str) -> None:
        super().__init__(f"This gym already has a plan called {name!r}; choose another name.")


def create(session: Session, gym: Gym, data: PlanCreate) -> Plan:
    plans = MembershipPlanRepository(session, gym.gym_id)
    if plans.has_name(data.name):
        raise PlanNameTaken(data.name)
    plan = MembershipPlan(gym_id=gym.gym_id, is_active=True, **data.model_dump())
    plans.add(plan)
    return _describe(plan, 0)


def update(session: Session, gym: Gym, plan_id: int, data: PlanUpdate) -> Plan:
    plans = MembershipPlanRepository(session, gym.gym_id)
    plan = _get(plans, plan_id)
    if data.name is not None and plans.has_name(data.name, except_id=plan_id):
        raise PlanNameTaken(data.name)
    for field, value in data.model_dump(exclude_unset=True).items():
        setattr(plan, field, value)
    session.flush()
    return _describe(plan, plans.count_members(plan_id))


def read(session: Session, gym: Gym, plan_id: int) -> Plan:
    plans = MembershipPlanRepository(session, gym.gym_id)
    return _describe(_get(plans, plan_id), plans.count_members(plan_id))


def page(session: Session, gym: Gym, request: PageRequest) -> Page[Plan]:
    rows, total = MembershipPlanRepository(session, gym.gym_id).page(request)
    items = [_describe(row.MembershipPlan, row.members) for row in rows]
    return Page[Plan].of(items, total, request)


def _get(plans: MembershipPlanRepository, plan_id: int) -> MembershipPlan:
    plan = plans.get(plan_id)
    if plan is None:
        raise PlanNotFound(plan_id)
    return plan


def _describe(plan: MembershipPlan, members: int) -> Plan:
    return Plan(
        plan_id=plan.plan_id,
        name=plan.name,
        duration_months=plan.duration_months,
        price=plan.price,
        description=plan.description,
        is_active=plan.is_active,
        members=members,
    )
