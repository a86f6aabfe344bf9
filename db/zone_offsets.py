"""How far local time is ahead of UTC, as Python's zone data say; do the database's say the same?

Local times become instants by these data alone, with `fold=0`: of an hour that comes twice the
first is meant, and a time that is skipped moves forward. The database turns instants into local
days with data of its own, so a gym's zone must be one that both read alike.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from core.limits import EARLIEST_YEAR

YEARS_AHEAD = 5
CHECKED_FROM = datetime(2000, 1, 1, tzinfo=UTC)
"""Older visits are rare, and editions of the zone data differ about those years."""

_KNOWN = text("select name from pg_timezone_names where name = any(cast(:zones as text[]))")
# Each stretch day by day, and at its last second.
_DIFFERS = text(
    """
select exists (
  select from unnest(cast(:since as timestamptz[]), cast(:until as timestamptz[]),
                     cast(:ahead as interval[])) as s(since, until, ahead)
  cross join lateral (
    select generate_series(s.since, s.until - interval '1 second', interval '1 day') as moment
    union all select s.until - interval '1 second'
  ) m
  where (m.moment at time zone :zone) - (m.moment at time zone 'UTC') <> s.ahead)
"""
)


class Stretch(NamedTuple):
    """Between two changes of a zone's clocks, `since` included; both in UTC."""

    since: datetime
    until: datetime
    ahead: timedelta


class LocalOffsets(NamedTuple):
    """For a local time after n of the `changes`, `ahead[n]` is how far it is ahead of UTC."""

    changes: list[datetime]
    ahead: list[timedelta]


def list_stretches(timezone: str) -> tuple[Stretch, ...]:
    """The zone from the first day of which visits may be, to some years from now."""
    return _list_stretches(timezone, date.today().year + YEARS_AHEAD)  # noqa: DTZ011 - any zone's


def list_local_offsets(timezone: str) -> LocalOffsets:
    """What SQL needs to read local times as Python does, with `fold=0`."""
    stretches = list_stretches(timezone)
    pairs = pairwise(stretches)
    # Clocks set back: the later time of the old offset. Set forward: the first time of the new one.
    changes = [new.since.replace(tzinfo=None) + max(old.ahead, new.ahead) for old, new in pairs]
    return LocalOffsets(changes, [stretch.ahead for stretch in stretches])


def find_read_differently(database: Session | Connection, zones: Collection[str]) -> list[str]:
    """The zones that the database does not know, or reads differently from Python."""
    known = set(database.execute(_KNOWN, {"zones": list(zones)}).scalars())
    differing = set(zones) - known
    for zone in known:
        stretches = [stretch for stretch in list_stretches(zone) if stretch.until > CHECKED_FROM]
        since, until, ahead = map(list, zip(*stretches, strict=True))
        since[0] = max(since[0], CHECKED_FROM)
        stretch = {"zone": zone, "since": since, "until": until, "ahead": ahead}
        if database.scalar(_DIFFERS, stretch):
            differing.add(zone)
    return sorted(differing)


@lru_cache(maxsize=64)
def _list_stretches(timezone: str, last_year: int) -> tuple[Stretch, ...]:
    first, end = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC), datetime(last_year, 12, 31, tzinfo=UTC)
    changes = list(_find_changes(ZoneInfo(timezone), first, end))
    bounds = zip([first, *changes], [*changes, end], strict=True)
    zone = ZoneInfo(timezone)
    return tuple(Stretch(since, until, _read_ahead(since, zone)) for since, until in bounds)


def _find_changes(zone: ZoneInfo, first: datetime, end: datetime) -> Iterator[datetime]:
    """To the second. Two changes within a day are not found: no zone has ever had that."""
    day, ahead = first, _read_ahead(first, zone)
    while day < end:
        next_day = day + timedelta(days=1)
        if (new := _read_ahead(next_day, zone)) != ahead:
            before, after = day, next_day
            while after - before > timedelta(seconds=1):
                middle = before + (after - before) // 2
                middle = middle.replace(microsecond=0)
                if _read_ahead(middle, zone) == ahead:
                    before = middle
                else:
                    after = middle
            yield after
            ahead = new
        day = next_day


def _read_ahead(instant: datetime, zone: ZoneInfo) -> timedelta:
    return instant.astimezone(zone).utcoffset() or timedelta()
