"""Days on which a whole gym was closed: they are in nobody's absence."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta

ClosedDays = tuple[date, ...]
"""In order, each once."""

Closing = tuple[int | None, date, date]
"""Which location, none for the whole gym; its first and its last day."""


def find_closed_days(
    closings: Iterable[Closing], locations: Iterable[int], *, since: date, until: date
) -> ClosedDays:
    """The days from `since` to `until` on which the gym, or each of `locations`, was closed."""
    everywhere: set[date] = set()
    by_location: dict[int, set[date]] = {location: set() for location in locations}
    for location, first, last in closings:
        first, last = max(first, since), min(last, until)
        days = {first + timedelta(days=ahead) for ahead in range((last - first).days + 1)}
        if location is None:
            everywhere |= days
        elif location in by_location:
            by_location[location] |= days
    together = set.intersection(*by_location.values()) if by_location else set()
    return tuple(sorted(everywhere | together))


def count_closed(closed: ClosedDays, start: date, day: date) -> int:
    """How many of the days after `start`, up to `day`, were closed."""
    return max(bisect_right(closed, day) - bisect_right(closed, start), 0)


def count_back(closed: ClosedDays, day: date) -> Sequence[int]:
    """`count_closed` for each start, by its days before `day`: the last is that of all earlier
    starts as well. So a query looks up what it would have to count for each member."""
    if not closed or closed[0] > day:
        return [0]
    furthest = (day - closed[0]).days + 1
    return [count_closed(closed, day - timedelta(days=ago), day) for ago in range(furthest + 1)]


def is_any_closed(closed: ClosedDays, first: date, last: date) -> bool:
    """Whether a day from `first` to `last`, both included, was closed."""
    return bisect_left(closed, first) < bisect_right(closed, last)
