"""Hours of the week, by the clock on the wall."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.weekly_hours import (
    MINUTES_A_DAY,
    MINUTES_A_WEEK,
    Hours,
    find_minute,
    find_overlap,
    is_open,
    to_week,
)

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
any_hours = st.builds(
    lambda weekday, opens, minutes: Hours(weekday, opens, opens + minutes),
    st.integers(0, 6),
    st.integers(0, MINUTES_A_DAY - 1),
    st.integers(1, MINUTES_A_DAY),
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def clock(weekday: int, opens: str, closes: str) -> Hours:
    begin, end = (int(text[:2]) * 60 + int(text[3:]) for text in (opens, closes))
    return Hours(weekday, begin, end if end > begin else end + MINUTES_A_DAY)


def test_monday_from_22_to_2_goes_on_on_tuesday() -> None:
    night = [clock(0, "22:00", "02:00")]
    opened = {hour for hour in range(48) if is_open(night, MONDAY + timedelta(hours=hour), "UTC")}
    assert opened == {22, 23, 24, 25}


def test_a_sunday_night_goes_on_on_monday() -> None:
    assert to_week([clock(6, "22:00", "02:00")]) == [
        (0, 120),
        (MINUTES_A_WEEK - 120, MINUTES_A_WEEK),
    ]


def test_the_closing_minute_is_closed() -> None:
    day = [clock(0, "06:00", "22:00")]
    assert is_open(day, at("2026-11-16T06:00"), "UTC")
    assert is_open(day, at("2026-11-16T21:59:59"), "UTC")
    assert not is_open(day, at("2026-11-16T22:00"), "UTC")
    assert not is_open(day, at("2026-11-16T05:59:59"), "UTC")


def test_a_day_from_midnight_to_midnight_is_whole() -> None:
    assert to_week(clock(day, "00:00", "00:00") for day in range(7)) == [(0, MINUTES_A_WEEK)]


def test_without_hours_it_is_always_open() -> None:
    assert is_open([], MONDAY, "UTC")


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        # Lisbon: on 28 March 2027 the clock goes from 01:00 to 02:00, on 31 October 02:00 to 01:00.
        ("2027-03-28T00:59", True),
        ("2027-03-28T01:00", False),
        ("2027-10-31T00:59", True),
        ("2027-10-31T01:00", True),
        ("2027-10-31T01:59", True),
        ("2027-10-31T02:00", False),
    ],
)
def test_d_ff_27_hours_are_those_of_the_clock_also_when_it_is_changed(
    instant: str, expected: bool
) -> None:
    """Open until 02:00: in spring that hour is skipped, in autumn it lasts two."""
    assert is_open([clock(6, "00:00", "02:00")], at(instant), "Europe/Lisbon") is expected


def test_d_ff_27_each_gym_has_its_own_monday() -> None:
    instant = at("2026-11-15T12:30")
    assert find_minute(instant, "Pacific/Auckland") == 90
    assert find_minute(instant, "America/Los_Angeles") == 6 * MINUTES_A_DAY + 270


@given(st.lists(any_hours, max_size=8), st.integers(0, MINUTES_A_WEEK - 1))
def test_pieces_hold_what_any_of_the_hours_holds(hours: list[Hours], minute: int) -> None:
    pieces = to_week(hours)
    assert all(0 <= begin < end <= MINUTES_A_WEEK for begin, end in pieces)
    assert all(one[1] < other[0] for one, other in pairwise(pieces))
    expected = any(
        one.begins <= later < one.ends
        for one in hours
        for later in (minute, minute + MINUTES_A_WEEK)
    )
    assert any(begin <= minute < end for begin, end in pieces) is expected


@given(st.lists(any_hours, max_size=5))
def test_an_overlap_is_found_where_a_minute_is_in_two(hours: list[Hours]) -> None:
    minutes = [minute % MINUTES_A_WEEK for one in hours for minute in range(one.begins, one.ends)]
    assert (find_overlap(hours) is not None) is (len(set(minutes)) < len(minutes))
