"""What a plan costs on a day, and what who joins pays: rules and promotions make it cheaper."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.pricing import (
    Discount,
    Joining,
    PriceChange,
    Promotion,
    Rule,
    age_on,
    find_price,
    quote,
)


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


EVERY = settings(max_examples=150, deadline=None)
PRICES = st.integers(0, 10**12)
DISCOUNTS = st.one_of(
    st.builds(Discount, percent_off=st.integers(1, 100)),
    st.builds(Discount, amount_off=PRICES),
)
DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))
AGES = st.integers(0, 110)
RULES = st.lists(
    st.builds(
        Rule,
        name=st.sampled_from(["Students", "Spring", "Seniors"]),
        discount=st.one_of(DISCOUNTS, st.builds(Discount, price=PRICES)),
        joins_from=st.none() | DAYS,
        joins_until=st.none() | DAYS,
        min_age=st.none() | AGES,
        max_age=st.none() | AGES,
        further_only=st.booleans(),
        combines=st.booleans(),
    ),
    max_size=4,
)
PROMOTIONS = st.none() | st.builds(
    Promotion, code=st.just("SPRING"), discount=DISCOUNTS, terms=st.integers(1, 12)
)
JOININGS = st.builds(Joining, starts_on=DAYS, age=st.none() | AGES, is_further=st.booleans())


@EVERY
@given(PRICES, JOININGS, RULES, PROMOTIONS)
def test_nobody_pays_less_than_nothing_or_more_than_the_plans_price(
    price: int, joining: Joining, rules: list[Rule], promotion: Promotion | None
) -> None:
    made = quote("Gold", price, joining=joining, rules=rules, promotion=promotion)
    assert 0 <= made.price <= made.later_price <= price
    assert all(step.amount <= 0 for step in made.steps[1:])
    assert made == quote("Gold", price, joining=joining, rules=rules, promotion=promotion)


@EVERY
@given(PRICES, JOININGS, RULES, PROMOTIONS)
def test_a_code_never_makes_it_dearer_and_changes_no_later_term(
    price: int, joining: Joining, rules: list[Rule], promotion: Promotion | None
) -> None:
    without = quote("Gold", price, joining=joining, rules=rules)
    made = quote("Gold", price, joining=joining, rules=rules, promotion=promotion)
    assert (made.price <= without.price, made.later_price) == (True, without.price)
    assert bool(made.first_terms) == (made.price < without.price)


@EVERY
@given(PRICES, JOININGS, RULES)
def test_the_best_rule_counts_alone(price: int, joining: Joining, rules: list[Rule]) -> None:
    made = quote("Gold", price, joining=joining, rules=rules)
    fitting = [rule.discount.apply(price) for rule in rules if rule.is_for(joining)]
    assert made.price == min([price, *fitting])
    assert len(made.steps) <= 2


@EVERY
@given(PRICES, JOININGS, RULES, PROMOTIONS)
def test_the_first_of_a_household_pays_as_if_they_had_none(
    price: int, joining: Joining, rules: list[Rule], promotion: Promotion | None
) -> None:
    first, further = (replace(joining, is_further=found) for found in (False, True))
    alone = [rule for rule in rules if not rule.further_only]
    made = quote("Gold", price, joining=first, rules=rules, promotion=promotion)
    assert made == quote("Gold", price, joining=first, rules=alone, promotion=promotion)
    others = quote("Gold", price, joining=further, rules=rules, promotion=promotion)
    assert others.later_price <= made.later_price


@pytest.mark.parametrize(
    ("price", "percent", "left"),
    [(1001, 50, 501), (999, 33, 669), (1, 50, 1), (1, 51, 0), (3, 50, 2), (4990, 15, 4242)],
)
def test_half_of_the_smallest_part_is_rounded_up(price: int, percent: int, left: int) -> None:
    assert Discount(percent_off=percent).apply(price) == left


STUDENTS = Rule("Students", Discount(percent_off=20), max_age=25)
ALSO = Rule("Students", Discount(percent_off=20), max_age=25, combines=True)
SPRING = Promotion("SPRING", Discount(percent_off=50), terms=3)


@pytest.mark.parametrize(
    ("rule", "promotion", "steps", "later"),
    [
        (STUDENTS, None, [1000, -200], 800),
        (STUDENTS, SPRING, [1000, -500], 800),
        (ALSO, SPRING, [1000, -200, -400], 800),
        (STUDENTS, Promotion("TEN", Discount(percent_off=10)), [1000, -200], 800),
    ],
)
def test_a_rule_and_a_promotion_go_together_only_if_the_rule_says_so(
    rule: Rule, promotion: Promotion | None, steps: list[int], later: int
) -> None:
    young = Joining(date(2026, 12, 1), 20)
    made = quote("Gold", 1000, joining=young, rules=[rule], promotion=promotion)
    assert ([step.amount for step in made.steps], made.later_price) == (steps, later)


@pytest.mark.parametrize(
    ("joining", "is_for"),
    [
        (Joining(date(2027, 1, 1), 26), True),
        (Joining(date(2027, 3, 31), 18), True),
        (Joining(date(2026, 12, 31), 20), False),
        (Joining(date(2027, 4, 1), 20), False),
        (Joining(date(2027, 2, 1), 17), False),
        (Joining(date(2027, 2, 1), 27), False),
        (Joining(date(2027, 2, 1), None), False),
    ],
)
def test_a_rule_is_for_who_begins_in_its_time_and_is_of_its_age(
    joining: Joining, is_for: bool
) -> None:
    rule = Rule(
        "Young in winter", Discount(price=1), joins_from=date(2027, 1, 1),
        joins_until=date(2027, 3, 31), min_age=18, max_age=26,
    )  # fmt: skip
    assert rule.is_for(joining) is is_for


@pytest.mark.parametrize(
    ("day", "age"), [(date(2026, 2, 27), 17), (date(2026, 2, 28), 18), (date(2028, 2, 29), 20)]
)
def test_who_was_born_on_a_leap_day_is_a_year_older_on_the_28th(day: date, age: int) -> None:
    assert age_on(date(2008, 2, 29), day) == age
