"""`python -m db.queue.beat`: writes each gym's scheduled jobs when they are due, and keeps the
analyst within its limits.

Two of them for a while, or none, do no harm. `python -m db.queue.heartbeat beat` checks it.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError, ProgrammingError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import sessionmaker

from core.clock import read_now
from core.schedule import Occurrence
from db.models import Gym
from db.queue.catalogue import CATALOGUE, JobKind
from db.queue.daemon import open_daemon
from db.queue.heartbeat import beat
from db.queue.jobs import add_job
from db.session import GymSession, session_scope
from db.settings import OpsSettings, read_or_exit

POLL_SECONDS = 15.0
_DATABASE_ERRORS = (OperationalError, InterfaceError, PoolTimeout)

log = logging.getLogger("beat")


def list_due(timezone: str, since: datetime, now: datetime) -> Iterator[tuple[JobKind, Occurrence]]:
    """The jobs that a gym must have been given by `now`; `since` is when the gym was made."""
    zone = ZoneInfo(timezone)
    for kind in CATALOGUE:
        if kind.schedule is not None:
            for occurrence in kind.schedule.list_due(zone, since, now):
                yield kind, occurrence


class Beat:
    """`tick` writes what is due and not written yet; it raises when the database is unavailable."""

    def __init__(self, factory: sessionmaker[GymSession]) -> None:
        self._factory = factory
        self._written: dict[int, set[tuple[str, str]]] = defaultdict(set)

    def tick(self, now: datetime) -> int:
        """Return how many jobs were new."""
        with session_scope(self._factory) as session:
            gyms = session.execute(
                select(Gym.gym_id, Gym.timezone, Gym.created_at)
                .where(Gym.suspended_at.is_(None))
                .order_by(Gym.gym_id)
            ).all()
        made = 0
        for gym_id, timezone, since in gyms:
            try:
                made += self._serve(gym_id, list(list_due(timezone, since, now)))
            except _DATABASE_ERRORS:
                raise
            except Exception:
                # A failure in one gym must not keep the gyms after it waiting for ever.
                log.exception("gym_left_out", extra={"gym_id": gym_id})
        return made

    def _serve(self, gym_id: int, due: list[tuple[JobKind, Occurrence]]) -> int:
        keys = {(kind.name, one.key) for kind, one in due}
        fresh = [
            (kind, one) for kind, one in due if (kind.name, one.key) not in self._written[gym_id]
        ]
        if not fresh:
            return 0
        with session_scope(self._factory) as session:
            made = [(kind, one) for kind, one in fresh if self._write(session, gym_id, kind, one)]
        self._written[gym_id] = keys
        for kind, one in made:
            log.info("scheduled", extra={"gym_id": gym_id, "job": kind.name, "key": one.key})
        return len(made)

    def _write(self, session: GymSession, gym_id: int, kind: JobKind, one: Occurrence) -> bool:
        job_id = add_job(
            session,
            gym_id,
            kind,
            one.key,
            due_at=one.due_at,
            deadline_at=one.deadline_at,
            arguments=None if one.day is None else {"day": one.day.isoformat()},
        )
        return job_id is not None


class AnalystGuard:
    """`tick` has the database end what comeback_analyst runs for too long, and put back what it
    changed of itself (`db/init/roles.sql`). It raises nothing: jobs are due all the same."""

    def __init__(self, factory: sessionmaker[GymSession]) -> None:
        self._factory = factory
        self._is_missing = False

    def tick(self) -> None:
        try:
            with session_scope(self._factory) as session:
                done = session.scalar(text("select guard.keep_analyst()"))
        except ProgrammingError:
            if not self._is_missing:
                log.error("analyst_unguarded", extra={"hint": "run python -m db.roles"})
            self._is_missing = True
            return
        except (DBAPIError, PoolTimeout) as error:
            reason = getattr(error, "orig", None) or error
            log.warning("analyst_not_kept", extra={"error": type(reason).__name__})
            return
        self._is_missing = False
        if done:
            log.warning("analyst_kept", extra={"done": done})


def run(beats: Beat, guard: AnalystGuard, stop: threading.Event) -> None:
    """Tick until `stop` is set; an unavailable database is waited for."""
    while not stop.is_set():
        guard.tick()
        try:
            beats.tick(read_now())
            beat("beat")
        except _DATABASE_ERRORS as error:
            log.warning("database_unavailable", extra={"error": type(error).__name__})
        stop.wait(POLL_SECONDS)


def main() -> None:
    settings = read_or_exit(OpsSettings, "db.queue.beat")
    with open_daemon(settings, log, pool_size=1) as (factory, stop):
        run(Beat(factory), AnalystGuard(factory), stop)


if __name__ == "__main__":
    main()
