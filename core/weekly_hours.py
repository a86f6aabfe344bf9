"""Hours that come again every week, by the clock on the wall: a location's, or those of a plan.

Counted in minutes since Monday 00:00 local time. On the two days a year on which the clock is
changed the hours stay those of the clock: what is skipped is never open, what comes twice is twice.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 24 * 60
MINUTES_A_WEEK = 7 * MINUTES_A_DAY


@dataclass(frozen=True, order=True)
class Hours:
    """On one weekday, Monday is 0. `closes` is over 24 * 60 where that is on the next day."""

    weekday: int
    opens: int
    closes: int

    @property
    def begins(self) -> int:
        """The minute of the week."""
        return self.weekday * MINUTES_A_DAY + self.opens

    @property
    def ends(self) -> int:
        """The first minute that is over, in this week or in the next one."""
        return self.weekday * MINUTES_A_DAY + self.closes


def to_week(hours: Iterable[Hours]) -> list[tuple[int, int]]:
    """The open pieces of one week as minutes, `end` not included: in order, none touching the next.

    What goes past the end of Sunday begins on Monday: a Sunday from 22:00 to 02:00 is two pieces.
    """
    pieces: list[tuple[int, int]] = []
    for one in hours:
        pieces.append((one.begins, min(one.ends, MINUTES_A_WEEK)))
        if one.ends > MINUTES_A_WEEK:
            pieces.append((0, one.ends - MINUTES_A_WEEK))
    joined: list[tuple[int, int]] = []
    for begin, end in sorted(pieces):
        if joined and begin <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(joined[-1][1], end)
        else:
            joined.append((begin, end))
    return joined


def find_minute(instant: datetime, timezone: str) -> int:
    """The minute of the week that the gym's clock shows."""
    local = instant.astimezone(ZoneInfo(timezone))
    return local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute


def is_open(hours: Sequence[Hours], instant: datetime, timezone: str) -> bool:
    """Whether the hours allow the instant. Where none are known, all do."""
    minute = find_minute(instant, timezone)
    return not hours or any(begin <= minute < end for begin, end in to_week(hours))


def write_clock(minute: int) -> str:
    """What the clock shows at a minute of a day, or of the next one."""
    hours, minutes = divmod(minute % MINUTES_A_DAY, 60)
    return f"{hours:02}:{minutes:02}"


def find_overlap(hours: Iterable[Hours]) -> tuple[Hours, Hours] | None:
    """Two that are open at the same time, also across the end of the week."""
    in_order = sorted(hours)
    for one, following in pairwise(in_order):
        if following.begins < one.ends:
            return one, following
    if len(in_order) > 1 and in_order[-1].ends > in_order[0].begins + MINUTES_A_WEEK:
        return in_order[-1], in_order[0]
    return None
