"""`python -m ds.worker`: does the jobs of the queue `ds`.

`python -m db.queue.heartbeat ds` checks it.
"""

import logging
import sys

from celery import Celery
from sqlalchemy import Engine

from core.clock import read_now
from db.queue.broker import RUN_JOB, make_app
from db.queue.catalogue import DS, load_handlers
from db.queue.jobs import DATABASE_UNAVAILABLE, process_job
from db.queue.worker import add_task, run_worker
from db.session import make_engine, make_session_factory
from db.settings import read_or_exit
from db.types import GymId
from ds.settings import ScienceSettings, WorkerSettings

MAX_SECONDS = 25 * 60

log = logging.getLogger("ds.worker")


class WorkerState:
    """What the worker process has for itself. `start` and `stop` run in that process."""

    def __init__(self, settings: ScienceSettings) -> None:
        self._settings = settings
        self._engine: Engine | None = None

    def start(self) -> None:
        self._engine = make_engine(
            self._settings.ops_database_url, pool_size=3, statement_timeout_ms=0
        )

    def stop(self) -> None:
        if self._engine is not None:
            self._engine.dispose()

    def run(self, job_id: int, gym_id: int) -> None:
        assert self._engine is not None
        factory = make_session_factory(self._engine)
        try:
            process_job(factory, load_handlers(DS), GymId(gym_id), job_id, now=read_now())
        except DATABASE_UNAVAILABLE as error:
            # Not tried again here: once its lease has ended, the relay dispatches the row again.
            about = {"job_id": job_id, "gym_id": gym_id, "error": type(error).__name__}
            log.warning("database_unavailable", extra=about)


def add_tasks(app: Celery, state: WorkerState) -> None:
    add_task(app, RUN_JOB, state.run)


def main() -> int:
    settings = read_or_exit(WorkerSettings, "ds.worker")
    app, state = make_app(settings.broker_url, time_limit=MAX_SECONDS), WorkerState(settings)
    add_tasks(app, state)
    return run_worker(
        app,
        "ds",
        [DS],
        concurrency=1,
        log_level=settings.log_level,
        on_process_start=state.start,
        on_process_stop=state.stop,
    )


if __name__ == "__main__":
    sys.exit(main())
