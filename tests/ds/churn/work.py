"""Two simulated gyms with a past, and their jobs done here and now."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import text

from db.member_facts import write_freely
from db.models import Gym, Job
from db.models.job import JobState
from db.queue.catalogue import CHURN_TRAINING, SCORES, JobKind
from db.queue.jobs import Handler, add_job, process_job
from db.session import make_engine, make_session_factory, session_scope
from db.types import GymId
from ds.churn import scoring_job, training_job
from etl.demo_gyms import BOUTIQUE, NEIGHBOURHOOD
from tests.fixtures.postgres import MigratedDatabase

NOW = datetime(2026, 3, 20, 22, tzinfo=UTC)
DAY = date(2026, 3, 19)
"""The newest finished day."""
GYMS = (replace(NEIGHBOURHOOD, members=230), replace(BOUTIQUE, members=30))
LARGE_OWNER, SMALL_OWNER = GYMS[0].email, GYMS[1].email

HANDLERS: dict[str, Handler] = {
    CHURN_TRAINING.name: training_job.train,
    SCORES.name: scoring_job.score,
}


class Workplace:
    """One database with the gyms in it, and a worker."""

    def __init__(self, database: MigratedDatabase) -> None:
        self.database = database
        self.engine = make_engine(database.ops_url, pool_size=4, statement_timeout_ms=0)
        self.factory = make_session_factory(self.engine)

    def gym(self, email: str = LARGE_OWNER) -> Gym:
        with session_scope(self.factory) as session:
            return session.query(Gym).filter_by(email=email).one()

    def ask(self, gym: Gym, kind: JobKind, key: str = "once") -> int:
        with session_scope(self.factory) as session:
            job_id = add_job(session, gym.gym_id, kind, key, due_at=NOW)
        assert job_id is not None
        return job_id

    def work_on(self, gym: Gym, job_id: int, handlers: Mapping[str, Handler] = HANDLERS) -> Job:
        """Let a worker have the job once, whatever pause it was given."""
        self.query("update job_runs set next_at = now() where job_run_id = :job", job=job_id)
        process_job(self.factory, handlers, GymId(gym.gym_id), job_id, now=NOW)
        with session_scope(self.factory) as session:
            return session.get_one(Job, job_id)

    def do(self, gym: Gym, kind: JobKind, key: str = "once") -> dict[str, Any]:
        """Ask for a job, do it, and answer its result."""
        job = self.work_on(gym, self.ask(gym, kind, key))
        assert job.state == JobState.DONE, job.error
        assert job.result is not None
        return job.result

    def query(self, sql: str, **parameters: Any) -> list[tuple[Any, ...]]:
        with self.engine.begin() as connection:
            write_freely(connection)
            result = connection.execute(text(sql), parameters)
            return [tuple(row) for row in result] if result.returns_rows else []


@contextmanager
def open_workplace(database: MigratedDatabase) -> Iterator[Workplace]:
    workplace = Workplace(database)
    yield workplace
    workplace.engine.dispose()
