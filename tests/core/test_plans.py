"""What each kind of plan can have, decided without a database."""

from dataclasses import replace
from decimal import Decimal

import pytest

from core.plans import PlanKind, PlanTerms, find_contradictions, yearly_price

MONTHLY = PlanTerms(
    kind=PlanKind.RECURRING,
    duration_months=1,
    duration_days=0,
    visits=None,
    renews_automatically=True,
    notice_days=30,
    freeze_days_a_year=60,
    freezes_a_year=2,
    shortest_freeze_days=7,
)
FIXED = replace(MONTHLY, kind=PlanKind.FIXED_TERM, renews_automatically=False)
PACK = replace(FIXED, kind=PlanKind.PACK, visits=10, notice_days=0)
TRIAL = PlanTerms(PlanKind.TRIAL, 0, 7, None, False, 0, None, None, None)
DAY = replace(TRIAL, kind=PlanKind.DAY_PASS, duration_days=1)


def refused(plan: PlanTerms) -> set[str]:
    return {field for field, _ in find_contradictions(plan)}


@pytest.mark.parametrize(
    "plan",
    [
        MONTHLY,
        replace(MONTHLY, renews_automatically=False),
        FIXED,
        PACK,
        replace(PACK, duration_months=0, duration_days=90),
        TRIAL,
        replace(TRIAL, duration_months=1, duration_days=0),
        DAY,
        replace(DAY, duration_days=31),
        replace(MONTHLY, freeze_days_a_year=7),
        replace(MONTHLY, freeze_days_a_year=None, freezes_a_year=None, shortest_freeze_days=366),
    ],
)
def test_what_gyms_sell_is_possible(plan: PlanTerms) -> None:
    assert refused(plan) == set()


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (replace(MONTHLY, duration_months=0), "duration_months"),
        (replace(TRIAL, duration_months=1), "duration_months"),
        (replace(MONTHLY, duration_months=0, duration_days=30), "duration_days"),
        (replace(FIXED, duration_months=0, duration_days=30), "duration_days"),
        (replace(DAY, duration_months=1, duration_days=0), "duration_months"),
        (replace(DAY, duration_days=32), "duration_days"),
        (replace(PACK, visits=None), "visits"),
        (replace(MONTHLY, visits=10), "visits"),
        (replace(DAY, visits=1), "visits"),
        (replace(FIXED, renews_automatically=True), "renews_automatically"),
        (replace(DAY, renews_automatically=True), "renews_automatically"),
        (replace(PACK, notice_days=1), "notice_days"),
        (replace(TRIAL, notice_days=30), "notice_days"),
        (replace(TRIAL, freezes_a_year=1), "freezes_a_year"),
        (replace(DAY, freeze_days_a_year=0), "freeze_days_a_year"),
        (replace(DAY, shortest_freeze_days=1), "shortest_freeze_days"),
        (replace(MONTHLY, freeze_days_a_year=6), "shortest_freeze_days"),
    ],
)
def test_what_a_kind_cannot_have_is_named(plan: PlanTerms, field: str) -> None:
    assert refused(plan) == {field}


@pytest.mark.parametrize(
    ("kind", "months", "price"),
    [
        (PlanKind.RECURRING, 1, 12_000),
        (PlanKind.FIXED_TERM, 3, 4_000),
        (PlanKind.PACK, 3, 1_000),
        (PlanKind.TRIAL, 0, 1_000),
        (PlanKind.DAY_PASS, 0, 1_000),
    ],
)
def test_what_is_bought_once_costs_its_price_in_a_year(
    kind: PlanKind, months: int, price: int
) -> None:
    assert yearly_price(kind, Decimal("10.00"), months, "EUR") == price
