"""Whether a gym's results may differ from those stored."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from db.as_of import read_as_of
from db.models import AnalyticsRun, Gym, RunState
from ds.store_results import count_imports


def is_due(session: Session, gym: Gym, now: datetime) -> bool:
    """Whether the gym's newest good results are not those of its `as_of` and of all its imports.

    An imported history without new data keeps its `as_of`: it is not computed again every night.
    """
    last = session.scalar(
        select(AnalyticsRun)
        .where(AnalyticsRun.gym_id == gym.gym_id, AnalyticsRun.state == RunState.DONE)
        .order_by(AnalyticsRun.run_id.desc())
        .limit(1)
    )
    return (
        last is None
        or last.as_of != read_as_of(session, gym, now).day
        or last.details.get("imports") != count_imports(session, gym.gym_id)
    )
