"""Quotes: exact money in every currency, one rounding, and lines that sum to the total."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.money import to_minor
from core.pricing import (
    Joining,
    LineKind,
    PriceChange,
    PriceRule,
    Promotion,
    Quote,
    find_price,
    quote,
)

MONDAY_AT_NINE = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
JOINING = Joining(MONDAY_AT_NINE, age=30)
PERCENTS = st.decimals("0.01", 100, places=2)


def amounts(currency: str, most: int = 99_999) -> st.SearchStrategy[Decimal]:
    return st.decimals(0, most, places={"JPY": 0, "EUR": 2, "KWD": 3}[currency])


@st.composite
def questions(draw: st.DrawFn) -> dict[str, Any]:
    currency = draw(st.sampled_from(["JPY", "EUR", "KWD"]))
    rule = st.one_of(
        st.builds(PriceRule, st.just("Rule"), percent_off=PERCENTS),
        st.builds(PriceRule, st.just("Rule"), price=amounts(currency)),
    )
    promotion = st.one_of(
        st.none(),
        st.builds(Promotion, st.just("CODE"), percent_off=PERCENTS),
        st.builds(Promotion, st.just("CODE"), amount_off=amounts(currency)),
        st.builds(Promotion, st.just("CODE"), free_days=st.integers(1, 400)),
    )
    return {
        "price": draw(amounts(currency)),
        "currency": currency,
        "rules": draw(st.lists(rule, max_size=3)),
        "promotion": draw(promotion),
        "term_days": draw(st.integers(1, 366)),
    }


def ask(**over: Any) -> Quote:
    question = {"price": Decimal(100), "currency": "EUR", "term_days": 30} | over
    return quote("Plan", joining=JOINING, **question)


@given(questions())
def test_lines_sum_to_the_total_and_nothing_costs_more_or_less_than_nothing(
    asked: dict[str, Any],
) -> None:
    """D-FF-18: in integers of the smallest part, with 0, 2 and 3 decimals."""
    found = ask(**asked)
    assert sum(line.amount for line in found.lines) == found.total
    full = to_minor(asked["price"], asked["currency"])
    assert 0 <= found.total <= found.price <= full
    assert [line.amount <= 0 for line in found.lines[1:]] == [True] * (len(found.lines) - 1)
    kinds = [line.kind for line in found.lines]
    assert kinds == sorted(set(kinds), key=list(LineKind).index)


@given(amounts("EUR"), PERCENTS, PERCENTS)
def test_a_total_is_rounded_once(price: Decimal, rule: Decimal, code: Decimal) -> None:
    found = ask(
        price=price,
        rules=[PriceRule("R", percent_off=rule)],
        promotion=Promotion("C", percent_off=code),
    )
    exact = Fraction(price) * 100 * (100 - Fraction(rule)) * (100 - Fraction(code)) / 10_000
    assert abs(exact - found.total) <= Fraction(1, 2)


@pytest.mark.parametrize(
    ("currency", "price", "percent", "total"),
    [
        ("JPY", "8000", "12.5", 7000),
        ("JPY", "999", "50", 500),
        ("EUR", "49.90", "33.33", 3327),
        ("EUR", "0.01", "50", 1),
        ("KWD", "18.125", "10", 16_313),
        ("INR", "1499.50", "100", 0),
    ],
)
def test_halves_go_up_in_what_is_paid(currency: str, price: str, percent: str, total: int) -> None:
    """D-FF-18: yen, euro, dinar and rupee."""
    code = Promotion("C", percent_off=Decimal(percent))
    assert ask(price=Decimal(price), currency=currency, promotion=code).total == total


def test_the_best_rule_counts_alone() -> None:
    rules = [
        PriceRule("Students", percent_off=Decimal(20)),
        PriceRule("January", price=Decimal(75)),
        PriceRule("Mornings", percent_off=Decimal(10)),
    ]
    found = ask(rules=rules)
    assert [(line.name, line.amount) for line in found.lines] == [
        ("Plan", 10_000),
        ("January", -2_500),
    ]


def test_no_rule_makes_it_dearer() -> None:
    found = ask(rules=[PriceRule("Dear", price=Decimal(120))])
    assert (found.total, len(found.lines)) == (10_000, 1)


def test_a_promotion_is_for_the_first_term_and_a_rule_for_each() -> None:
    found = ask(
        rules=[PriceRule("Students", percent_off=Decimal(20))],
        promotion=Promotion("HALF", percent_off=Decimal(50)),
    )
    assert (found.price, found.total) == (8_000, 4_000)
    assert [line.amount for line in found.lines] == [10_000, -2_000, -4_000]


@pytest.mark.parametrize(
    ("promotion", "total"),
    [
        (Promotion("C", amount_off=Decimal("30.50")), 6_950),
        (Promotion("C", amount_off=Decimal(300)), 0),
        (Promotion("C", free_days=10), 6_667),
        (Promotion("C", free_days=30), 0),
        (Promotion("C", free_days=90), 0),
    ],
)
def test_what_a_promotion_takes_off(promotion: Promotion, total: int) -> None:
    assert ask(promotion=promotion).total == total


@pytest.mark.parametrize(
    ("rule", "applies"),
    [
        ({"first_day": date(2026, 11, 16), "last_day": date(2026, 11, 16)}, True),
        ({"first_day": date(2026, 11, 17)}, False),
        ({"last_day": date(2026, 11, 15)}, False),
        ({"weekdays": frozenset({0, 1})}, True),
        ({"weekdays": frozenset({5, 6})}, False),
        ({"from_minute": 540, "to_minute": 541}, True),
        ({"from_minute": 480, "to_minute": 540}, False),
        ({"from_minute": 1320, "to_minute": 541}, True),
        ({"from_minute": 1320, "to_minute": 540}, False),
        ({"min_age": 30, "max_age": 30}, True),
        ({"min_age": 31}, False),
        ({"max_age": 29}, False),
        ({"max_age": 0}, False),
    ],
)
def test_conditions_of_a_rule(rule: dict[str, Any], applies: bool) -> None:
    assert PriceRule("R", percent_off=Decimal(10), **rule).is_for(JOINING) is applies


def test_who_is_of_unknown_age_gets_no_price_of_an_age() -> None:
    unknown = Joining(MONDAY_AT_NINE, age=None)
    assert not PriceRule("R", percent_off=Decimal(10), max_age=25).is_for(unknown)
    assert PriceRule("R", percent_off=Decimal(10)).is_for(unknown)


@pytest.mark.parametrize(
    ("day", "price"), [(1, 40), (9, 40), (10, 45), (19, 45), (20, 50), (30, 50)]
)
def test_who_joins_on_a_day_gets_the_price_of_that_day(day: int, price: int) -> None:
    changes = [
        PriceChange(date(2026, 12, starts_on), Decimal(amount))
        for starts_on, amount in ((20, 50), (5, 40), (10, 45))
    ]
    assert find_price(changes, date(2026, 12, day), otherwise=Decimal(1)) == price
    assert find_price([], date(2026, 12, day), otherwise=Decimal(1)) == 1
