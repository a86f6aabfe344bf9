"""Which days a whole gym was closed, and how many of an absence."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from core.closed_days import count_back, count_closed, find_closed_days, is_any_closed

DAY = date(2026, 11, 18)
days = st.integers(0, 60).map(lambda ago: DAY - timedelta(days=ago))
closings = st.tuples(st.sampled_from([None, 1, 2]), days, days).filter(lambda one: one[1] <= one[2])


def on(day: int) -> date:
    return date(2026, 11, day)


def find(*found: tuple[int | None, int, int], locations: tuple[int, ...] = (1, 2)) -> list[int]:
    closed = find_closed_days(
        [(location, on(first), on(last)) for location, first, last in found],
        locations,
        since=on(2),
        until=on(18),
    )
    return [day.day for day in closed]


def test_the_whole_gym_is_closed_when_it_says_so_or_each_location_is() -> None:
    assert find((None, 4, 6)) == [4, 5, 6]
    assert find((1, 4, 6)) == []
    assert find((1, 4, 6), (2, 6, 8)) == [6]
    assert find((1, 4, 6), locations=(1,)) == [4, 5, 6]


def test_a_location_that_is_not_in_use_closes_nothing_and_keeps_nothing_open() -> None:
    assert find((1, 4, 6), (3, 9, 9), locations=(1,)) == [4, 5, 6]


def test_only_days_that_are_asked_about_are_found() -> None:
    assert find((None, 1, 3), (None, 17, 30)) == [2, 3, 17, 18]
    assert find((None, 20, 30)) == []


@given(st.lists(closings, max_size=6), days)
def test_counts_are_those_of_the_days_themselves(
    found: list[tuple[int | None, date, date]], start: date
) -> None:
    since = DAY - timedelta(days=70)
    closed = find_closed_days(found, [1, 2], since=since, until=DAY)
    by_hand = [
        day
        for day in (since + timedelta(days=ahead) for ahead in range(71))
        if any(where is None and first <= day <= last for where, first, last in found)
        or all(
            any(where == one and first <= day <= last for where, first, last in found)
            for one in (1, 2)
        )
    ]
    assert list(closed) == by_hand
    expected = sum(start < day <= DAY for day in by_hand)
    assert count_closed(closed, start, DAY) == expected
    counts = count_back(closed, DAY)
    assert counts[min((DAY - start).days, len(counts) - 1)] == expected
    assert is_any_closed(closed, start, DAY) is any(start <= day <= DAY for day in by_hand)
