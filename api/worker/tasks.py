"""The tasks of the worker's queues. A message names a row and its gym; the row decides."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

from celery import Celery
from sqlalchemy import Engine

from api.kit.settings import Settings
from api.worker.channels import make_providers
from api.worker.sending import Sender
from core.clock import read_now
from db.queue.broker import RUN_JOB, SEND_NOTIFICATION
from db.queue.catalogue import JOBS, load_handlers
from db.queue.jobs import DATABASE_UNAVAILABLE, process_job
from db.queue.worker import add_task
from db.session import make_engine, make_session_factory
from db.types import GymId

PAUSE_SECONDS = 0.5
"""While the database is unavailable: else all messages would be used up before it is back."""

log = logging.getLogger("worker")


@dataclass
class WorkerState:
    """What each worker process has for itself. `start` and `stop` run in that process."""

    settings: Settings
    engine: Engine | None = None
    sender: Sender | None = None

    def start(self) -> None:
        # Jobs may take their time; a mail's statements end long before its lease.
        self.engine = make_engine(
            self.settings.database_url, pool_size=3, statement_timeout_ms=40_000
        )
        providers = make_providers(self.settings)
        if providers:
            self.sender = Sender(make_session_factory(self.engine), providers, self.settings)

    def stop(self) -> None:
        if self.sender is not None:
            self.sender.close()
        if self.engine is not None:
            self.engine.dispose()

    def send(self, outbox_id: int, gym_id: int) -> None:
        if self.sender is not None:
            self.sender.send(outbox_id, GymId(gym_id))

    def run(self, job_id: int, gym_id: int) -> None:
        assert self.engine is not None
        factory = make_session_factory(self.engine)
        process_job(
            factory,
            load_handlers(JOBS, settings=self.settings),
            GymId(gym_id),
            job_id,
            now=read_now(),
            lease_seconds=self.settings.worker_lease_seconds,
        )


def add_tasks(app: Celery, state: WorkerState) -> None:
    def add(name: str, work: Callable[[int, int], None]) -> None:
        def handle(row_id: int, gym_id: int) -> None:
            try:
                work(row_id, gym_id)
            except DATABASE_UNAVAILABLE as error:
                # Not tried again here: once its lease has ended, the relay dispatches the row
                # again.
                about = {"row_id": row_id, "gym_id": gym_id, "error": type(error).__name__}
                log.warning("database_unavailable", extra={"task": name, **about})
                time.sleep(PAUSE_SECONDS)

        add_task(app, name, handle)

    add(SEND_NOTIFICATION, state.send)
    add(RUN_JOB, state.run)
