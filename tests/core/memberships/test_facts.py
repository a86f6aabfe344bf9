"""Days and paid days: each other's inverse, whatever rests between them."""

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.memberships.facts import DAY, Membership, MembershipState, Span
from core.memberships.prices import find_credit, price_a_term, prorate

FIRST = date(2027, 1, 31)


@settings(max_examples=500)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 9)), max_size=5), st.integers(0, 60))
def test_the_day_of_a_paid_day_is_the_inverse_of_how_many_are_used(
    gaps: list[tuple[int, int]], number: int
) -> None:
    day, freezes = FIRST, []
    for gap, days in gaps:
        start = day + timedelta(days=gap)
        day = start + timedelta(days=days)
        freezes.append(Span(start, day))
    membership = Membership(FIRST, months=1, terms=1, freezes=tuple(freezes))
    found = membership.find_day(number)
    assert membership.count_used(found) == number
    assert not membership.is_frozen(found)


@pytest.mark.parametrize(
    ("starts_on", "months", "last"),
    [
        (date(2026, 1, 1), 1, date(2026, 1, 31)),
        (date(2026, 1, 31), 1, date(2026, 2, 27)),
        (date(2024, 1, 31), 1, date(2024, 2, 28)),
        (date(2026, 11, 18), 12, date(2027, 11, 17)),
        (date(2026, 12, 15), 2, date(2027, 2, 14)),
    ],
)
def test_a_term_ends_the_day_before_it_would_begin_anew(
    starts_on: date, months: int, last: date
) -> None:
    assert Membership(starts_on, months=months, terms=1).paid_until == last


def test_d_ff_16_terms_are_counted_from_the_first_day() -> None:
    """From 31 January to 28 February, and from there to 31 March again."""
    membership = Membership(FIRST, months=1, terms=3)
    begins = [membership.find_term(term).start for term in (1, 2, 3, 4)]
    assert begins == [FIRST, date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]


def test_terms_of_days_follow_each_other() -> None:
    membership = Membership(FIRST, days=10, terms=2)
    assert membership.find_term(2) == Span(date(2027, 2, 10), date(2027, 2, 20))


def test_a_state_is_of_a_day() -> None:
    membership = Membership(
        FIRST,
        months=1,
        terms=1,
        freezes=(Span(date(2027, 2, 3), date(2027, 2, 5)),),
        last_day=date(2027, 2, 8),
        cancelled_on=date(2027, 2, 1),
    )
    states = {
        date(2027, 1, 30): MembershipState.SCHEDULED,
        FIRST: MembershipState.ENDING,
        date(2027, 2, 3): MembershipState.FROZEN,
        date(2027, 2, 4): MembershipState.FROZEN,
        date(2027, 2, 5): MembershipState.ENDING,
        date(2027, 2, 8): MembershipState.ENDING,
        date(2027, 2, 9): MembershipState.CANCELLED,
    }
    assert {day: membership.find_state(day) for day in states} == states


@given(
    st.integers(0, 10**9),
    st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
)
def test_the_parts_of_a_price_are_the_price_and_one_is_rounded(
    price: int, days: tuple[int, int]
) -> None:
    used, total = days
    kept, credit = prorate(price, used, total)
    assert kept + credit == price
    assert abs(kept * total - price * used) * 2 <= total
    assert min(kept, credit) >= 0


def test_a_credit_counts_paid_days_and_not_days_on_the_wall() -> None:
    membership = Membership(date(2027, 3, 1), days=10, terms=2)
    rested = Membership(
        date(2027, 3, 1),
        days=10,
        terms=2,
        freezes=(Span(date(2027, 3, 2), date(2027, 3, 30)),),
    )
    assert find_credit(membership, [1000, 900], date(2027, 3, 4)) == 700 + 900
    assert find_credit(rested, [1000, 900], date(2027, 4, 1)) == 700 + 900
    assert find_credit(membership, [1000, 900], date(2027, 3, 16)) == 450


def test_where_no_length_of_a_term_is_known_nothing_is_credited() -> None:
    open_ended = Membership(starts_on=date(2026, 3, 1))
    assert find_credit(open_ended, [1000], date(2027, 3, 4)) == 0


def test_a_term_costs_its_share_of_a_year() -> None:
    assert price_a_term(Membership(FIRST, months=1), 12_000) == 1_000
    assert price_a_term(Membership(FIRST, months=12), 12_000) == 12_000
    assert price_a_term(Membership(FIRST, days=73), 10_000) == 2_000
    assert price_a_term(Membership(FIRST), 10_000) == 0


def test_days_that_were_only_stated_are_a_term_once_they_are_stretched() -> None:
    stated = Membership(FIRST, stated_end=FIRST + 9 * DAY)
    assert (stated.paid_until, stated.ends_on) == (FIRST + 9 * DAY, FIRST + 9 * DAY)
    stretched = stated.with_stated_days()
    assert (stretched.days, stretched.terms, stretched.paid_until) == (10, 1, stated.paid_until)
