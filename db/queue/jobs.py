"""Long and scheduled work as rows: made once, claimed with a lease, continued after a crash.

The code that decides on a job writes its row in the same transaction. The relay passes the row's
number to a worker, which claims it here, does it in steps that each commit with their progress, and
marks it. A worker that dies loses only the step it was in: the lease ends, and another goes on.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import case, delete, func, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from core.translation import Sentence, t
from db.actor import Actor
from db.logs import format_error
from db.models.gym import is_running
from db.models.job import Job, JobPart, JobState
from db.queue.catalogue import JobKind
from db.session import GymSession, session_scope
from db.types import GymId

LEASE_SECONDS = 90
STEP_SECONDS = 40.0
"""How long a task goes on with a job before it lets others have their turn."""
MAX_ATTEMPTS = 5
"""Claims without any progress after which a job is given up."""

AGAIN: Final[Mapping[str, Any]] = {}
"""What a handler returns to be continued by a later task: this very object."""

DATABASE_UNAVAILABLE = (DBAPIError, PoolTimeout)

log = logging.getLogger("jobs")


class LeaseLost(RuntimeError):
    """Another worker has taken the job over; what this one did since its last step is undone."""


class JobPostponed(Exception):
    """The job has to wait for something; this does not count as an attempt."""

    def __init__(self, reason: str, *, seconds: float) -> None:
        super().__init__(reason)
        self.seconds = seconds


class JobRefused(Exception):
    """The job cannot be done, however often it is tried. The reason is for the gym."""

    def __init__(self, reason: Sentence) -> None:
        super().__init__(reason)
        self.reason = reason


def add_job(
    session: Session,
    gym_id: int,
    kind: JobKind,
    key: str,
    *,
    due_at: datetime | None = None,
    deadline_at: datetime | None = None,
    arguments: Mapping[str, Any] | None = None,
    created_by: int | None = None,
) -> int | None:
    """Add a job in the caller's transaction. None when the gym has one with this key already.

    It is dispatched once the transaction has committed and `due_at` has come.
    """
    values: dict[str, Any] = {
        "gym_id": gym_id,
        "name": kind.name,
        "key": key,
        "deadline_at": deadline_at,
        "arguments": dict(arguments or {}),
        "created_by": created_by,
    }
    if due_at is not None:
        values |= {"due_at": due_at, "next_at": due_at}
    job_id: int | None = session.scalar(
        insert(Job)
        .values(values)
        .on_conflict_do_nothing(index_elements=["gym_id", "job", "key"])
        .returning(Job.job_id)
    )
    return job_id


def find_job(session: Session, gym_id: int, kind: JobKind, key: str) -> Job | None:
    return session.scalar(
        select(Job).where(Job.in_gym(gym_id), Job.name == kind.name, Job.key == key)
    )


def restart_job(session: Session, job: Job, *, deadline_at: datetime | None = None) -> None:
    """Restart a job that failed, in the caller's transaction."""
    job.state = JobState.PENDING
    job.attempts = 0
    job.progress = {}
    job.error = job.said = job.finished_at = job.lease = None
    job.deadline_at = deadline_at
    job.next_at = session.scalars(select(func.now())).one()
    session.flush()


@dataclass
class ClaimedJob:
    """What a handler works on: a job that this worker has claimed."""

    factory: sessionmaker[GymSession]
    gym_id: GymId
    job_id: int
    arguments: dict[str, Any]
    progress: dict[str, Any]
    attempts: int
    now: datetime
    token: UUID
    actor: Actor
    """Whom the audit log names for what the job changes."""
    lease_seconds: int = LEASE_SECONDS
    began: float = field(default_factory=time.monotonic)
    step_seconds: float = STEP_SECONDS

    @contextmanager
    def session(self) -> Iterator[GymSession]:
        """One step: a transaction in the job's gym, committed at the end."""
        with session_scope(self.factory, self.gym_id, actor=self.actor) as session:
            yield session

    def save_progress(self, session: Session, progress: Mapping[str, Any]) -> None:
        """Write down where to go on, in the transaction of the step itself, and renew the lease.

        Raises `LeaseLost` when the job is another worker's by now: the step must not be kept.
        """
        changed = session.scalar(
            update(Job)
            .where(*self._mine())
            .values(
                progress=dict(progress),
                attempts=0,
                next_at=func.now() + timedelta(seconds=self.lease_seconds),
            )
            .returning(Job.job_id)
        )
        if changed is None:
            raise LeaseLost(f"job {self.job_id} was taken over")
        self.progress = dict(progress)

    def lock_progress(self, session: Session) -> dict[str, Any]:
        """The progress written last; another step that reads it waits until this one ends.

        For steps that are done at the same time. Raises `LeaseLost` as `save_progress` does.
        """
        progress: dict[str, Any] | None = session.scalar(
            select(Job.progress).where(*self._mine()).with_for_update()
        )
        if progress is None:
            raise LeaseLost(f"job {self.job_id} was taken over")
        return progress

    def is_out_of_time(self) -> bool:
        """Whether the handler should return `AGAIN` now, for other jobs to have their turn."""
        return time.monotonic() - self.began >= self.step_seconds

    def _mine(self) -> tuple[Any, ...]:
        return (
            Job.in_gym(self.gym_id),
            Job.job_id == self.job_id,
            Job.lease == self.token,
            Job.state == JobState.RUNNING,
        )

    def change(self, **values: Any) -> bool:
        """Mark the job. False when it is another worker's by now."""
        with session_scope(self.factory, self.gym_id) as session:
            return self._mark(session, **values)

    def fail(self, reason: Sentence | str) -> None:
        """Give the job up, and delete what it kept for later steps. A string is for the log."""
        said = reason if isinstance(reason, Sentence) else None
        with self.session() as session:
            if self._mark(
                session,
                state=JobState.FAILED,
                error=str(reason),
                said=said,
                finished_at=func.now(),
            ):
                session.execute(
                    delete(JobPart).where(
                        JobPart.in_gym(self.gym_id), JobPart.job_id == self.job_id
                    )
                )

    def _mark(self, session: Session, **values: Any) -> bool:
        changed = session.scalar(
            update(Job).where(*self._mine()).values(**values).returning(Job.job_id)
        )
        return changed is not None


Handler = Callable[[ClaimedJob], Mapping[str, Any]]
"""Does a job, or a part of it, and returns its result, or `AGAIN`."""


def claim_job(
    factory: sessionmaker[GymSession],
    gym_id: GymId,
    job_id: int,
    *,
    now: datetime,
    lease_seconds: int = LEASE_SECONDS,
) -> tuple[ClaimedJob, str] | None:
    """Take a job that no other worker has. None when there is nothing (more) to do, and while the
    gym is suspended."""
    token = uuid4()
    is_free = (Job.state == JobState.QUEUED) | (
        Job.state.in_([JobState.PENDING, JobState.RUNNING]) & (Job.next_at <= func.now())
    )
    with session_scope(factory, gym_id) as session:
        row = session.execute(
            update(Job)
            .where(Job.in_gym(gym_id), Job.job_id == job_id, is_free, is_running(gym_id))
            .values(
                state=JobState.RUNNING,
                lease=token,
                attempts=Job.attempts + 1,
                started_at=case((Job.started_at.is_(None), func.now()), else_=Job.started_at),
                next_at=func.now() + timedelta(seconds=lease_seconds),
            )
            .returning(
                Job.name,
                Job.arguments,
                Job.progress,
                Job.attempts,
                Job.error,
                Job.deadline_at,
                Job.created_by,
            )
        ).one_or_none()
    if row is None:
        return None
    job = ClaimedJob(
        factory,
        gym_id,
        job_id,
        row.arguments,
        row.progress,
        row.attempts,
        now,
        token,
        Actor(f"{row.name} {job_id}", row.created_by),
        lease_seconds,
    )
    if row.deadline_at is not None and row.deadline_at < now:
        job.fail(row.error or t("It was not done before its deadline."))
        return None
    if row.attempts > MAX_ATTEMPTS:
        job.fail(row.error or t("Given up: {n} workers ended over it.", n=MAX_ATTEMPTS))
        return None
    return job, row.name


def process_job(
    factory: sessionmaker[GymSession],
    handlers: Mapping[str, Handler],
    gym_id: GymId,
    job_id: int,
    *,
    now: datetime,
    lease_seconds: int = LEASE_SECONDS,
) -> None:
    """Claim a job, do it or its next part, and mark what came of it.

    The lease is renewed for as long as this process lives, so a step may outlast it. Raises only
    when the database is unavailable: then nothing is marked, and the lease ends by itself.
    """
    claimed = claim_job(factory, gym_id, job_id, now=now, lease_seconds=lease_seconds)
    if claimed is None:
        return
    job, name = claimed
    about = {"job_id": job_id, "gym_id": gym_id, "job": name, "attempt": job.attempts}
    began = time.monotonic()
    try:
        if name not in handlers:  # added by newer code than this worker's: a newer one knows it
            raise JobPostponed("No worker here knows this job yet.", seconds=600)
        with _renewed(job):
            result = handlers[name](job)
    except LeaseLost:
        log.warning("job_lost", extra=about)
    except JobPostponed as wait:
        log.info("job_postponed", extra={**about, "reason": str(wait)})
        job.change(
            state=JobState.PENDING,
            lease=None,
            attempts=Job.attempts - 1,
            next_at=func.now() + timedelta(seconds=wait.seconds),
            error=str(wait),
        )
    except JobRefused as refusal:
        log.warning("job_refused", extra=about)
        job.fail(refusal.reason)
    except DATABASE_UNAVAILABLE as error:
        if getattr(error, "connection_invalidated", True):
            raise
        _retry(job, error, about)
    except Exception as error:
        _retry(job, error, about)
    else:
        if result is AGAIN:
            job.change(state=JobState.PENDING, lease=None, next_at=func.now())
        else:
            job.change(
                state=JobState.DONE,
                result=dict(result),
                error=None,
                said=None,
                finished_at=func.now(),
            )
        log.info("job_done", extra={**about, "ms": round(1000 * (time.monotonic() - began))})


@contextmanager
def _renewed(job: ClaimedJob) -> Iterator[None]:
    done = threading.Event()

    def renew() -> None:
        while not done.wait(job.lease_seconds / 3):
            try:
                job.change(next_at=func.now() + timedelta(seconds=job.lease_seconds))
            except DATABASE_UNAVAILABLE as error:
                log.warning("lease_not_renewed", extra={"error": type(error).__name__})

    thread = threading.Thread(target=renew, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _retry(job: ClaimedJob, error: Exception, about: Mapping[str, Any]) -> None:
    log.exception("job_failed", extra=dict(about))
    reason = format_error(error)
    if job.attempts >= MAX_ATTEMPTS:
        job.fail(reason)
        return
    pause = timedelta(seconds=10 * 4 ** (job.attempts - 1))
    job.change(state=JobState.PENDING, lease=None, next_at=func.now() + pause, error=reason)
