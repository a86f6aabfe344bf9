"""What a gym sells."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.membership_plans.errors import (
    PlanContradictsItself,
    PlanFull,
    PlanKindFixed,
    PriceTooFine,
)
from api.membership_plans.repository import MembershipPlanRepository
from api.membership_plans.schemas import PlanCreate, PlanItem, PlanUpdate
from core.money import can_be_paid
from core.plans import PlanKind, PlanTerms, find_contradictions
from db.models import MembershipPlan

_TERMS = tuple(field.name for field in fields(PlanTerms))


def create(session: Session, caller: Principal, data: PlanCreate) -> PlanItem:
    _check_price(data.price, caller.gym.currency)
    values = data.model_dump()
    _check_terms(values)
    plan = MembershipPlan(gym_id=caller.gym_id, **values)
    MembershipPlanRepository(session, caller.gym_id).add(plan)
    return _to_item(plan, 0)


def update(session: Session, caller: Principal, plan_id: int, data: PlanUpdate) -> PlanItem:
    plans = MembershipPlanRepository(session, caller.gym_id)
    plan = plans.lock_or_refuse(plan_id)
    _check_price(data.price, caller.gym.currency)
    changes = data.changes()
    _check_terms({name: getattr(plan, name) for name in _TERMS} | changes)
    if changes.get("kind", plan.kind) != plan.kind and plans.was_held(plan_id):
        raise PlanKindFixed(plan.name)
    plans.update(plan, changes)
    return _to_item(plan, plans.count_members(plan_id))


def read(session: Session, caller: Principal, plan_id: int) -> PlanItem:
    plans = MembershipPlanRepository(session, caller.gym_id)
    return _to_item(plans.get_or_refuse(plan_id), plans.count_members(plan_id))


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    kind: PlanKind | None,
    is_active: bool | None,
) -> Page[PlanItem]:
    plans = MembershipPlanRepository(session, caller.gym_id)
    rows, total = plans.list_page(page, kind=kind, is_active=is_active)
    items = [_to_item(row.MembershipPlan, row.members) for row in rows]
    return Page[PlanItem].of(items, total, page)


def check_capacity(
    session: Session, plan: MembershipPlan, starts_on: date, ends_on: date | None
) -> None:
    """Raises `PlanFull` if one more member would be too many on a day of the period.

    Only for who holds the plan by `lock_or_refuse`: else two could take the last place.
    """
    if plan.capacity is None:
        return
    plans = MembershipPlanRepository(session, plan.gym_id)
    if plans.count_most_members(plan.plan_id, starts_on, ends_on) >= plan.capacity:
        raise PlanFull(plan.name, plan.capacity)


def _check_terms(values: Mapping[str, Any]) -> None:
    terms = PlanTerms(**{name: values[name] for name in _TERMS})
    found = list(find_contradictions(terms))
    if found:
        raise PlanContradictsItself(found)


def _check_price(price: Decimal | None, currency: str) -> None:
    if price is not None and not can_be_paid(price, currency):
        raise PriceTooFine(price, currency)


def _to_item(plan: MembershipPlan, members: int) -> PlanItem:
    return PlanItem(
        plan_id=plan.plan_id,
        name=plan.name,
        kind=plan.kind,
        duration_months=plan.duration_months,
        duration_days=plan.duration_days,
        price=plan.price,
        description=plan.description,
        visits=plan.visits,
        renews_automatically=plan.renews_automatically,
        notice_days=plan.notice_days,
        freeze_days_a_year=plan.freeze_days_a_year,
        freezes_a_year=plan.freezes_a_year,
        shortest_freeze_days=plan.shortest_freeze_days,
        features=plan.features,
        capacity=plan.capacity,
        is_active=plan.is_active,
        members=members,
    )
