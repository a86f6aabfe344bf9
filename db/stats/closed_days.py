"""Which days of a gym were closed, as the at-risk rule asks: read once for a request."""

from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.closed_days import ClosedDays, find_closed_days
from db.models import Closure, Location

REMEMBERED = timedelta(days=730)
"""Closed days that are longer ago change no list: whoever stayed away since then is gone."""


def read_closed_days(
    session: Session, gym_id: int, day: date, *, since: date | None = None
) -> ClosedDays:
    """Up to `day`. A gym without closures costs one query that finds nothing."""
    since = since or day - REMEMBERED
    closings = [
        (location_id, first, last)
        for location_id, first, last in session.execute(
            select(Closure.location_id, Closure.starts_on, Closure.ends_on).where(
                Closure.in_gym(gym_id), Closure.starts_on <= day, Closure.ends_on >= since
            )
        )
    ]
    locations: list[int] = []
    if any(location_id is not None for location_id, _, _ in closings):
        used = select(Location.location_id).where(
            Location.in_gym(gym_id), Location.is_active.is_(True)
        )
        locations = list(session.scalars(used))
    return find_closed_days(closings, locations, since=since, until=day)
