"""The period of a gym that one run writes."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from typing import overload
from zoneinfo import ZoneInfo

import numpy as np

from core.clock import find_day_end
from etl.hashed_random import Ints
from etl.population import EPOCH, count_day

DESK_OPENS = time(8)
"""Joining, contracts and payments of a day are known from this local time on."""


@dataclass(frozen=True)
class Window:
    """What happened after `since` (None: from the first day) and up to `until`, both aware."""

    starts_on: date
    timezone: str
    since: datetime | None
    until: datetime

    @property
    def start(self) -> int:
        return count_day(self.starts_on)

    @property
    def known_before(self) -> int:
        """Last day whose contracts and payments are written already."""
        return self.start - 10**6 if self.since is None else self._read_desk_day(self.since)

    @property
    def known_until(self) -> int:
        return self._read_desk_day(self.until)

    @property
    def last_day(self) -> date:
        """The gym's local day on which the window ends."""
        return self.until.astimezone(ZoneInfo(self.timezone)).date()

    @cached_property
    def days(self) -> Ints:
        """The local days on which a visit of the window may have begun."""
        first = self.start
        if self.since is not None:
            first = max(first, count_day(self.since.astimezone(ZoneInfo(self.timezone)).date()))
        return np.arange(first, count_day(self.last_day) + 1, dtype=np.int64)

    @cached_property
    def _offsets(self) -> Ints:
        """Seconds that the gym's clock is ahead of UTC, by day and local hour."""
        zone = ZoneInfo(self.timezone)
        moments = [
            datetime.combine(EPOCH + timedelta(days=day), time(hour), zone).utcoffset()
            for day in self.days.tolist()
            for hour in range(24)
        ]
        seconds = [int(moment.total_seconds()) if moment else 0 for moment in moments]
        return np.array(seconds, dtype=np.int64).reshape(-1, 24)

    def to_utc(self, day: Ints, second: Ints) -> Ints:
        """Seconds since 1970 of local times of day."""
        ahead = self._offsets[day - self.days[0], second // 3600]
        return np.asarray(day * 86400 + second - ahead)

    def to_instant(self, day: int, minute: int) -> datetime:
        """The instant of a local time, on any day."""
        moment = datetime.combine(
            EPOCH + timedelta(days=day), time(minute // 60, minute % 60), ZoneInfo(self.timezone)
        )
        return moment.astimezone(UTC)

    def _read_desk_day(self, instant: datetime) -> int:
        local = instant.astimezone(ZoneInfo(self.timezone))
        return count_day(local.date()) - (local.time() < DESK_OPENS)


def end_of_day(day: date, timezone: str) -> datetime:
    """The last second of a local day, in UTC."""
    return find_day_end(day, timezone) - timedelta(seconds=1)


@overload
def to_date(day: int) -> date: ...
@overload
def to_date(day: None) -> None: ...
@overload
def to_date(day: int | None) -> date | None: ...
def to_date(day: int | None) -> date | None:
    return None if day is None else EPOCH + timedelta(days=day)
