"""The jobs `scores` and `time_zone`: a gym's day begins, or its days are counted again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import to_local_day
from db.models import Gym
from db.models.churn import ChurnLabel
from db.queue.catalogue import CHURN_TRAINING
from db.queue.jobs import AGAIN, ClaimedJob, JobPostponed, add_job
from db.queue.scores import score_in_new_time_zone
from db.stats.member_status import refresh_member_status
from db.stats.time_zone import recount_days
from ds.churn import scoring_job
from ds.churn.registry import find_active
from ds.pipeline import run_gym
from ds.staleness import is_due
from ds.store_results import count_imports


def compute_scores(job: ClaimedJob) -> Mapping[str, Any]:
    """The gym's day begins: status of its members, segments and values if they may differ or are
    forced (`force`), then the churn scores."""
    if "values" not in job.progress:
        values = _compute_values(job)
        with job.session() as session:
            job.save_progress(session, job.progress | {"values": values})
    churn = scoring_job.score(job)
    if churn is AGAIN:
        return AGAIN
    with job.session() as session:
        _request_first_training(session, job)
    done: dict[str, Any] = job.progress["values"]
    return done | {"churn": churn}


def _request_first_training(session: Session, job: ClaimedJob) -> None:
    """A gym without an active version need not wait for its weekly training: its history may have
    just been brought in.."""
    if find_active(session, job.gym_id, ChurnLabel.LAPSE) is None:
        year, week, _ = job.now.isocalendar()
        key = f"first {year}-W{week} import {count_imports(session, job.gym_id)}"
        add_job(session, job.gym_id, CHURN_TRAINING, key)


def _compute_values(job: ClaimedJob) -> dict[str, Any]:
    with job.session() as session:
        gym = session.scalars(select(Gym).where(Gym.gym_id == job.gym_id)).one()
        day = to_local_day(job.now, gym.timezone)
        changed = refresh_member_status(session, gym.gym_id, day)
        due = is_due(session, gym, job.now)
    if not (due or job.arguments.get("force")):
        return {"status_changed": changed, "computed": False}
    outcome = run_gym(job.factory, gym, job.now)
    if outcome.failure is not None:
        raise RuntimeError(outcome.failure)
    if outcome.report is None:
        raise JobPostponed("Another process computes this gym.", seconds=60)
    return {"status_changed": changed, "computed": True, "members": len(outcome.report.scores)}


def change_time_zone(job: ClaimedJob) -> Mapping[str, Any]:
    """For gyms with more visits than a request can count."""
    timezone = job.arguments["timezone"]
    with job.session() as session:
        members = recount_days(session, job.gym_id, timezone)
        score_in_new_time_zone(session, job.gym_id)
        job.save_progress(session, {"share": 1.0})
        session.execute(update(Gym).where(Gym.gym_id == job.gym_id).values(timezone=timezone))
    return {"timezone": timezone, "members_changed": members}
