"""Keep every gym's results fresh: shortly after its own midnight, and after an import."""

import logging
import threading
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from db.clock import read_as_of, read_now, to_local_day
from db.member_status import refresh_member_status
from db.models import AnalyticsRun, Gym
from db.session import GymSession, session_scope
from db.tenancy import GymId
from ds.save import LEASE_MINUTES, count_imports

RETRY_AFTER = timedelta(minutes=15)
LEASE = timedelta(minutes=LEASE_MINUTES)

log = logging.getLogger("ds.nightly")


def watch(
    factory: sessionmaker[GymSession],
    run: Callable[[Gym, datetime], object],
    stop: threading.Event,
    poll_seconds: float,
    heartbeat: Path | None = None,
) -> None:
    """Look for due gyms until `stop` is set; a database that is away is waited for.

    `heartbeat` is touched each time it could look, for whoever watches the process.
    """
    refreshed: dict[int, date] = {}
    while not stop.is_set():
        try:
            tick(factory, run, read_now(), refreshed, stop)
            if heartbeat is not None:
                heartbeat.touch()
        except SQLAlchemyError as error:
            log.warning("the database cannot be read, next try in %gs: %s", poll_seconds, error)
        stop.wait(poll_seconds)


def tick(
    factory: sessionmaker[GymSession],
    run: Callable[[Gym, datetime], object],
    now: datetime,
    refreshed: dict[int, date],
    stop: threading.Event,
) -> None:
    """Do what is due now. `refreshed` remembers each gym's day whose member status is up to date.

    What was missed is not made up day by day: the newest day's run is all that is ever shown.
    """
    with session_scope(factory) as session:
        gyms = list(session.scalars(select(Gym).order_by(Gym.gym_id)))
    for gym in gyms:
        if stop.is_set():
            return
        try:
            _serve(factory, run, gym, now, refreshed)
        except (OperationalError, InterfaceError):
            raise  # the database is away, for every gym alike
        except Exception:
            # One gym's trouble must not keep the gyms after it waiting for ever.
            log.exception("this gym was left out", extra={"gym_id": gym.gym_id})


def _serve(
    factory: sessionmaker[GymSession],
    run: Callable[[Gym, datetime], object],
    gym: Gym,
    now: datetime,
    refreshed: dict[int, date],
) -> None:
    today = to_local_day(now, gym.timezone)
    with session_scope(factory, GymId(gym.gym_id)) as session:
        if refreshed.get(gym.gym_id) != today:
            refresh_member_status(session, gym.gym_id, today)
        due = is_due(session, gym, now)
    refreshed[gym.gym_id] = today
    if due:
        run(gym, now)


def is_due(session: Session, gym: Gym, now: datetime) -> bool:
    """Whether the gym's results are not those of its `as_of` and of all its imports.

    A run that failed is tried again after a while, one that was abandoned after its lease.
    """
    last = session.scalar(
        select(AnalyticsRun)
        .where(AnalyticsRun.gym_id == gym.gym_id)
        .order_by(AnalyticsRun.run_id.desc())
        .limit(1)
    )
    if last is None:
        return True
    if last.state == "running":
        return last.started_at < now - LEASE
    if last.state == "failed":
        return (last.finished_at or last.started_at) < now - RETRY_AFTER
    return last.as_of != read_as_of(session, gym, now).day or last.details.get(
        "imports"
    ) != count_imports(session, gym.gym_id)
