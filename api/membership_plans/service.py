"""What a gym sells."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from api.membership_plans.errors import (
    PlanContradictsItself,
    PlanFull,
    PlanKindFixed,
)
from api.membership_plans.prices.repository import list_changes
from api.membership_plans.prices.service import change_today, check_price, find_price_on
from api.membership_plans.repository import MembershipPlanRepository
from api.membership_plans.schemas import PlanCreate, PlanItem, PlanUpdate
from core.clock import to_local_day
from core.plans import PlanKind, PlanTerms, find_contradictions
from core.pricing import PriceChange, find_price
from db.models import MembershipPlan

_TERMS = tuple(field.name for field in fields(PlanTerms))


def create(session: Session, caller: Principal, data: PlanCreate, *, now: datetime) -> PlanItem:
    check_price(data.price, caller.gym.currency)
    values = data.model_dump()
    _check_terms(values)
    plan = MembershipPlan(gym_id=caller.gym_id, **values)
    MembershipPlanRepository(session, caller.gym_id).add(plan)
    return _to_item(plan, 0, (), to_local_day(now, caller.gym.timezone))


def update(
    session: Session, caller: Principal, plan_id: int, data: PlanUpdate, *, now: datetime
) -> PlanItem:
    """Another price is that of today, until the next change that is planned."""
    plans = MembershipPlanRepository(session, caller.gym_id)
    plan = plans.lock_or_refuse(plan_id)
    check_price(data.price, caller.gym.currency)
    changes = data.changes()
    _check_terms({name: getattr(plan, name) for name in _TERMS} | changes)
    if changes.get("kind", plan.kind) != plan.kind and plans.was_held(plan_id):
        raise PlanKindFixed(plan.name)
    today = to_local_day(now, caller.gym.timezone)
    current = find_price_on(session, plan, today)
    if data.price is not None and data.price != current:
        change_today(session, plan, data.price, timezone=caller.gym.timezone, today=today)
    plans.update(plan, changes)
    return _read(session, caller, plan, today)


def read(session: Session, caller: Principal, plan_id: int, *, now: datetime) -> PlanItem:
    plan = MembershipPlanRepository(session, caller.gym_id).get_or_refuse(plan_id)
    return _read(session, caller, plan, to_local_day(now, caller.gym.timezone))


def _read(session: Session, caller: Principal, plan: MembershipPlan, today: date) -> PlanItem:
    members = MembershipPlanRepository(session, caller.gym_id).count_members(plan.plan_id)
    changes = list_changes(session, caller.gym_id, [plan.plan_id])
    return _to_item(plan, members, changes.get(plan.plan_id, ()), today)


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    kind: PlanKind | None,
    is_active: bool | None,
    now: datetime,
) -> Page[PlanItem]:
    plans = MembershipPlanRepository(session, caller.gym_id)
    rows, total = plans.list_page(page, kind=kind, is_active=is_active)
    changes = list_changes(session, caller.gym_id, [row.MembershipPlan.plan_id for row in rows])
    today = to_local_day(now, caller.gym.timezone)
    items = [
        _to_item(
            row.MembershipPlan, row.members, changes.get(row.MembershipPlan.plan_id, ()), today
        )
        for row in rows
    ]
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


def _to_item(
    plan: MembershipPlan, members: int, changes: Sequence[PriceChange], today: date
) -> PlanItem:
    coming = next((change for change in changes if change.starts_on > today), None)
    return PlanItem(
        plan_id=plan.plan_id,
        name=plan.name,
        kind=plan.kind,
        duration_months=plan.duration_months,
        duration_days=plan.duration_days,
        price=find_price(changes, today, otherwise=plan.price),
        next_price=coming.price if coming else None,
        next_price_from=coming.starts_on if coming else None,
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
