"""When something recurs, by a gym's own clock. What is due has a key, so that it is done once."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Occurrence:
    """`day` is the day it is about, where that is not the day on which it is due."""

    key: str
    due_at: datetime
    deadline_at: datetime | None = None
    day: date | None = None


class Schedule(Protocol):
    def list_due(self, zone: ZoneInfo, since: datetime, now: datetime, /) -> Iterator[Occurrence]:
        """What must have been begun by `now`, in a gym that is here since `since`."""


@dataclass(frozen=True)
class Daily:
    """Done by the time of the next one or not at all: that one makes up for it."""

    at: time

    def list_due(self, zone: ZoneInfo, _since: datetime, now: datetime, /) -> Iterator[Occurrence]:
        day = now.astimezone(zone).date()
        if _to_instant(day, self.at, zone) > now:
            day -= timedelta(days=1)
        yield Occurrence(
            day.isoformat(),
            _to_instant(day, self.at, zone),
            _to_instant(day + timedelta(days=1), self.at, zone),
        )


@dataclass(frozen=True)
class Weekly:
    """As `Daily`, on one day of the week: Monday is 0."""

    weekday: int
    at: time

    def list_due(self, zone: ZoneInfo, _since: datetime, now: datetime, /) -> Iterator[Occurrence]:
        day = now.astimezone(zone).date()
        day -= timedelta(days=(day.weekday() - self.weekday) % 7)
        if _to_instant(day, self.at, zone) > now:
            day -= timedelta(days=7)
        year, week, _ = day.isocalendar()
        yield Occurrence(
            f"{year}-W{week:02d}",
            _to_instant(day, self.at, zone),
            _to_instant(day + timedelta(days=7), self.at, zone),
        )


@dataclass(frozen=True)
class OncePerPastDay:
    """For each of the last `days` finished days on which the gym was here, on the day after it.
    A day that was missed is made up, however late."""

    at: time
    days: int

    def list_due(self, zone: ZoneInfo, since: datetime, now: datetime, /) -> Iterator[Occurrence]:
        first, today = since.astimezone(zone).date(), now.astimezone(zone).date()
        for days_ago in range(self.days, 0, -1):
            day = today - timedelta(days=days_ago)
            due_at = _to_instant(day + timedelta(days=1), self.at, zone)
            if first <= day and due_at <= now:
                yield Occurrence(day.isoformat(), due_at, day=day)


def _to_instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)
