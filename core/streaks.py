"""Weeks in a row in which a member came: what they are proud of, and would rather not break."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

WEEK = timedelta(days=7)


@dataclass(frozen=True)
class Streaks:
    """In weeks. `current` reaches into this week or the one before."""

    current: int = 0
    longest: int = 0


def find_streaks(days: Iterable[date], *, today: date, closed: Iterable[date] = ()) -> Streaks:
    """Of the local `days` with a visit; weeks begin on Monday.

    This week is not over, so it breaks nothing. A week without a visit in which the gym was closed
    on a day breaks nothing either, and counts for nothing.
    """
    came = {_find_monday(day) for day in days if day <= today}
    if not came:
        return Streaks()
    passed_over = {_find_monday(day) for day in closed} | {_find_monday(today)}
    longest = current = 0
    week = min(came)
    while week <= today:
        if week in came:
            current += 1
        elif week not in passed_over:
            current = 0
        longest = max(longest, current)
        week += WEEK
    return Streaks(current, longest)


def _find_monday(day: date) -> date:
    return day - timedelta(days=day.weekday())
