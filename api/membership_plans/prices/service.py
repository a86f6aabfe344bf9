"""What a plan costs on a day. `MembershipPlan.price` is the price of today: kept by who changes it,
and by the job of each day for the changes that begin then."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.membership_plans.errors import PriceTooFine
from api.membership_plans.prices.errors import PriceDayPast, PriceInUse
from api.membership_plans.prices.repository import PlanPriceRepository, list_changes
from api.membership_plans.prices.schemas import PriceCreate, PriceItem
from api.membership_plans.repository import MembershipPlanRepository
from core.clock import to_local_day
from core.money import can_be_paid
from core.pricing import find_price
from db.models import MembershipPlan


def list_page(
    session: Session, caller: Principal, page: PageRequest, plan_id: int
) -> Page[PriceItem]:
    MembershipPlanRepository(session, caller.gym_id).get_or_refuse(plan_id)
    rows, total = PlanPriceRepository(session, caller.gym_id, plan_id=plan_id).list_page(page)
    return Page[PriceItem].of([PriceItem.model_validate(row) for row in rows], total, page)


def create(
    session: Session, caller: Principal, plan_id: int, data: PriceCreate, *, now: datetime
) -> PriceItem:
    """Change the price from a later day on."""
    plan = MembershipPlanRepository(session, caller.gym_id).lock_or_refuse(plan_id)
    today = to_local_day(now, caller.gym.timezone)
    check_price(data.price, caller.gym.currency)
    if data.starts_on <= today:
        raise PriceDayPast(today)
    prices = PlanPriceRepository(session, caller.gym_id, plan_id=plan_id)
    _remember_first(prices, plan, caller.gym.timezone, today)
    return PriceItem.model_validate(prices.add_price(data.starts_on, data.price))


def delete(
    session: Session, caller: Principal, plan_id: int, price_id: int, *, now: datetime
) -> None:
    """Withdraw a change to come."""
    MembershipPlanRepository(session, caller.gym_id).lock_or_refuse(plan_id)
    prices = PlanPriceRepository(session, caller.gym_id, plan_id=plan_id)
    row = prices.get_or_refuse(price_id)
    if row.starts_on <= to_local_day(now, caller.gym.timezone):
        raise PriceInUse(row.starts_on)
    prices.delete(row)


def change_today(
    session: Session, plan: MembershipPlan, price: Decimal, *, timezone: str, today: date
) -> None:
    """The plan costs something else from today until the next change. Its row is written by the
    caller, who holds it."""
    prices = PlanPriceRepository(session, plan.gym_id, plan_id=plan.plan_id)
    _remember_first(prices, plan, timezone, today)
    row = prices.find_of_day(today)
    if row is None:
        prices.add_price(today, price)
    else:
        prices.update(row, {"price": price})


def find_price_on(session: Session, plan: MembershipPlan, day: date) -> Decimal:
    """What who joins on a day pays for the whole duration."""
    prices = PlanPriceRepository(session, plan.gym_id, plan_id=plan.plan_id)
    return find_price(prices.list_changes(), day, otherwise=plan.price)


def apply_changes(session: Session, gym_id: int, today: date) -> Mapping[str, Any]:
    """Each plan of the gym costs what it costs today."""
    plans = session.scalars(
        select(MembershipPlan)
        .where(MembershipPlan.in_gym(gym_id))
        .order_by(MembershipPlan.plan_id)
        .with_for_update(key_share=True)
    ).all()
    changes = list_changes(session, gym_id, [plan.plan_id for plan in plans])
    changed = 0
    for plan in plans:
        price = find_price(changes.get(plan.plan_id, []), today, otherwise=plan.price)
        if price != plan.price:
            plan.price = price
            changed += 1
    return {"changed": changed}


def check_price(price: Decimal | None, currency: str) -> None:
    if price is not None and not can_be_paid(price, currency):
        raise PriceTooFine(price, currency)


def _remember_first(
    prices: PlanPriceRepository, plan: MembershipPlan, timezone: str, today: date
) -> None:
    """With its first change a plan gets a history, which begins with what it cost until then."""
    made_on = to_local_day(plan.created_at, timezone)
    if not prices.exists():
        prices.add_price(min(made_on, today), plan.price)
