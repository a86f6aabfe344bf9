"""The jobs `scores` and `time_zone`: a gym's day begins, or its days are counted again."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from core.clock import to_local_day
from db.models import Gym
from db.models.churn import ChurnLabel
from db.queue.catalogue import CHURN_TRAINING
from db.queue.jobs import AGAIN, JobPostponed, Work, add_job
from db.queue.scores import score_in_new_time_zone
from db.stats.member_status import refresh_member_status
from db.stats.time_zone import recount_days
from ds.churn import scoring_job
from ds.churn.registry import find_speaking
from ds.pipeline import run_gym
from ds.staleness import is_due
from ds.store_results import count_imports


def compute_scores(work: Work) -> Mapping[str, Any]:
    """The gym's day begins: status of its members, segments and values if they may differ or are
    asked for `anew`, then the churn scores."""
    if "values" not in work.progress:
        values = _compute_values(work)
        with work.session() as session:
            work.save_progress(session, work.progress | {"values": values})
    churn = scoring_job.score(work)
    if churn is AGAIN:
        return AGAIN
    with work.session() as session:
        _ask_first_training(session, work)
    done: dict[str, Any] = work.progress["values"]
    return done | {"churn": churn}


def _ask_first_training(session: Session, work: Work) -> None:
    """A gym that no version speaks for need not wait for its weekly training: its history may have
    just been brought in.."""
    if find_speaking(session, work.gym_id, ChurnLabel.LAPSE) is None:
        year, week, _ = work.now.isocalendar()
        key = f"first {year}-W{week} import {count_imports(session, work.gym_id)}"
        add_job(session, work.gym_id, CHURN_TRAINING, key)


def _compute_values(work: Work) -> dict[str, Any]:
    with work.session() as session:
        gym = session.scalars(select(Gym).where(Gym.gym_id == work.gym_id)).one()
        day = to_local_day(work.now, gym.timezone)
        changed = refresh_member_status(session, gym.gym_id, day)
        due = is_due(session, gym, work.now)
    if not (due or work.arguments.get("anew")):
        return {"status_changed": changed, "computed": False}
    outcome = run_gym(work.factory, gym, work.now)
    if outcome.failure is not None:
        raise RuntimeError(outcome.failure)
    if outcome.report is None:
        raise JobPostponed("Another process computes this gym.", seconds=60)
    return {"status_changed": changed, "computed": True, "members": len(outcome.report.scores)}


def change_time_zone(work: Work) -> Mapping[str, Any]:
    """For gyms with more visits than a request can count."""
    timezone = work.arguments["timezone"]
    with work.session() as session:
        members = recount_days(session, work.gym_id, timezone)
        score_in_new_time_zone(session, work.gym_id)
        work.save_progress(session, {"share": 1.0})
        session.execute(update(Gym).where(Gym.gym_id == work.gym_id).values(timezone=timezone))
    return {"timezone": timezone, "members_changed": members}
