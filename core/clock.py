"""What time it is: an instant in UTC and a gym's local day."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

STALE_AFTER = timedelta(days=7)


def read_now() -> datetime:
    """The present instant, aware, in UTC. Services take it as an argument instead of calling it."""
    return datetime.now(UTC)


def to_local_day(instant: datetime, timezone: str) -> date:
    """The calendar day of an instant in the gym's time zone."""
    return instant.astimezone(ZoneInfo(timezone)).date()


def to_instant(moment: datetime, timezone: str) -> datetime:
    """Read a time without offset as the gym's local time; return it in UTC.

    A time that summer time skips moves forward by the gap; of one that comes twice, the first is
    meant. Only Python turns local times into instants, never SQL: the two disagree about both.
    """
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=ZoneInfo(timezone), fold=0)
    return moment.astimezone(UTC)


def find_day_end(day: date, timezone: str) -> datetime:
    """The instant at which a local day is over, which is the next one's first; in UTC."""
    return to_instant(datetime.combine(day + timedelta(days=1), time()), timezone)


@dataclass(frozen=True)
class AsOf:
    """The moment that every figure of a gym is computed for.

    `day` is the gym's local calendar day. `is_live` is False when the gym's newest visit is over
    seven days old, as in an imported history: then the moment is the end of that visit's day.
    """

    instant: datetime
    day: date
    is_live: bool
