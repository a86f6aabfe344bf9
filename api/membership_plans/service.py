"""What a gym sells."""

from decimal import Decimal

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.membership_plans.errors import PriceTooFine
from api.membership_plans.repository import MembershipPlanRepository
from api.membership_plans.schemas import PlanCreate, PlanItem, PlanUpdate
from core.money import can_be_paid
from db.models import MembershipPlan


def create(session: Session, caller: Principal, data: PlanCreate) -> PlanItem:
    _check_price(data.price, caller.gym.currency)
    plan = MembershipPlan(gym_id=caller.gym_id, **data.model_dump())
    MembershipPlanRepository(session, caller.gym_id).add(plan)
    return _to_item(plan, 0)


def update(session: Session, caller: Principal, plan_id: int, data: PlanUpdate) -> PlanItem:
    plans = MembershipPlanRepository(session, caller.gym_id)
    plan = plans.get_or_refuse(plan_id)
    _check_price(data.price, caller.gym.currency)
    plans.update(plan, data.changes())
    return _to_item(plan, plans.count_members(plan_id))


def read(session: Session, caller: Principal, plan_id: int) -> PlanItem:
    plans = MembershipPlanRepository(session, caller.gym_id)
    return _to_item(plans.get_or_refuse(plan_id), plans.count_members(plan_id))


def list_page(session: Session, caller: Principal, page: PageRequest) -> Page[PlanItem]:
    rows, total = MembershipPlanRepository(session, caller.gym_id).list_page(page)
    items = [_to_item(row.MembershipPlan, row.members) for row in rows]
    return Page[PlanItem].of(items, total, page)


def _check_price(price: Decimal | None, currency: str) -> None:
    if price is not None and not can_be_paid(price, currency):
        raise PriceTooFine(price, currency)


def _to_item(plan: MembershipPlan, members: int) -> PlanItem:
    return PlanItem(
        plan_id=plan.plan_id,
        name=plan.name,
        duration_months=plan.duration_months,
        price=plan.price,
        description=plan.description,
        is_active=plan.is_active,
        members=members,
    )
