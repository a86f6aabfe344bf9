"""The moment that every figure of a gym is computed for."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from core.clock import STALE_AFTER, AsOf, find_day_end, to_local_day
from db.models.gym import Gym
from db.models.visit_hour import VisitHour


def read_as_of(session: Session, gym: Gym, now: datetime) -> AsOf:
    """Find the gym's `as_of` from its newest day of visits. `now` must be aware."""
    today = to_local_day(now, gym.timezone)
    newest = session.scalar(select(func.max(VisitHour.day)).where(VisitHour.gym_id == gym.gym_id))
    if newest is None or today - newest <= STALE_AFTER:
        return AsOf(now, today, True)
    last = find_day_end(newest, gym.timezone) - timedelta(microseconds=1)
    return AsOf(last, newest, False)
