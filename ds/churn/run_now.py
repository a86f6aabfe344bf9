"""Churn models and scores here and now, without a worker: before the first sign-in, or by hand."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from db.as_of import read_as_of
from db.models import Gym, Job
from db.models.churn import ChurnLabel
from db.models.job import JobState
from db.queue.catalogue import CHURN_TRAINING, DS, SCORES, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import GymSession, session_scope
from db.types import GymId
from ds.churn.registry import find_active
from ds.churn.training import CODE_VERSION


def score_now(factory: sessionmaker[GymSession], gym: Gym, now: datetime) -> str | None:
    """Train where no version is active yet, once a day, then score. Returns what failed, if
    anything.

    The work is rows of jobs like any other: a running worker may do it as well.
    """
    with session_scope(factory, GymId(gym.gym_id)) as session:
        wanted = []
        if find_active(session, gym.gym_id, ChurnLabel.LAPSE) is None:
            day = read_as_of(session, gym, now).day
            key = f"{day} v{CODE_VERSION} at start"
            wanted.append(add_job(session, gym.gym_id, CHURN_TRAINING, key))
    failures = [_do(factory, gym, job_id, now) for job_id in wanted if job_id is not None]
    with session_scope(factory, GymId(gym.gym_id)) as session:
        # A promotion requests scores by itself.
        asked = select(Job.job_id).where(
            Job.in_gym(gym.gym_id),
            Job.name == SCORES.name,
            Job.state.in_([JobState.PENDING, JobState.QUEUED]),
        )
        job_ids = list(session.scalars(asked))
        if not job_ids:
            key = f"at {now.isoformat()}"
            job_id = add_job(session, gym.gym_id, SCORES, key)
            job_ids = [] if job_id is None else [job_id]
    failures += [_do(factory, gym, job_id, now) for job_id in job_ids]
    return "; ".join(filter(None, failures)) or None


def _do(factory: sessionmaker[GymSession], gym: Gym, job_id: int, now: datetime) -> str | None:
    """Do a job to its end; return its error. None also where a worker has it."""
    state: JobState = JobState.PENDING
    while state == JobState.PENDING:
        process_job(factory, load_handlers(DS), GymId(gym.gym_id), job_id, now=now)
        with session_scope(factory, GymId(gym.gym_id)) as session:
            job = session.get_one(Job, job_id)
            state = job.state
            if job.error is not None:
                return f"{job.name}: {job.error}"
    return None
