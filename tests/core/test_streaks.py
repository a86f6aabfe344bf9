"""Weeks in a row: what counts, what breaks them, and what does not."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.streaks import Streaks, find_streaks

TODAY = date(2026, 11, 18)
"""A Wednesday."""
WEEK = timedelta(days=7)


def ago(*weeks: int) -> list[date]:
    return [TODAY - number * WEEK for number in weeks]


@pytest.mark.parametrize(
    ("days", "current", "longest"),
    [
        ([], 0, 0),
        (ago(0), 1, 1),
        (ago(1), 1, 1),
        (ago(2), 0, 1),
        (ago(0, 1, 2), 3, 3),
        (ago(1, 2, 3), 3, 3),
        (ago(0, 1, 3, 4, 5), 2, 3),
        (ago(0, 0, 0), 1, 1),
    ],
)
def test_weeks_in_a_row(days: list[date], current: int, longest: int) -> None:
    assert find_streaks(days, today=TODAY) == Streaks(current, longest)


def test_a_week_begins_on_monday() -> None:
    sunday, monday = date(2026, 11, 8), date(2026, 11, 9)
    assert find_streaks([sunday, monday], today=monday) == Streaks(2, 2)
    assert find_streaks([monday, date(2026, 11, 15)], today=TODAY) == Streaks(1, 1)


def test_closed_days_break_nothing_and_count_for_nothing() -> None:
    days = ago(0, 2)
    assert find_streaks(days, today=TODAY) == Streaks(1, 1)
    assert find_streaks(days, today=TODAY, closed=[TODAY - WEEK]) == Streaks(2, 2)
    assert find_streaks(ago(0, 3), today=TODAY, closed=[TODAY - WEEK]) == Streaks(1, 1)


def test_what_comes_after_today_is_not_known() -> None:
    assert find_streaks([TODAY, TODAY + WEEK], today=TODAY) == Streaks(1, 1)


@given(st.sets(st.integers(0, 200)), st.sets(st.integers(0, 200)))
def test_the_current_one_is_never_longer_than_the_longest(
    visited: set[int], closed: set[int]
) -> None:
    found = find_streaks(
        [TODAY - timedelta(days=back) for back in visited],
        today=TODAY,
        closed=[TODAY - timedelta(days=back) for back in closed],
    )
    assert 0 <= found.current <= found.longest <= 30
