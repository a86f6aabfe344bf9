"""What the ds workers do for each job: one row a job."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select

from db.clock import to_local_day
from db.jobs import AGAIN, Handler, JobPostponed, Work
from db.member_status import refresh_member_status
from db.models import Gym
from db.models.job import JobName
from ds.churn import scoring_job, training_job
from ds.due import is_due
from ds.pipeline import run_gym


def compute_scores(work: Work) -> Mapping[str, Any]:
    """The gym's day begins: status of its members, segments and values if they may differ or are
    asked for `anew`, then the churn scores."""
    if "values" not in work.progress:
        values = _compute_values(work)
        with work.session() as session:
            work.save_progress(session, work.progress | {"values": values})
    churn = scoring_job.score(work)
    return churn if churn is AGAIN else work.progress["values"] | {"churn": churn}


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


HANDLERS: Final[Mapping[JobName, Handler]] = {
    JobName.SCORES: compute_scores,
    JobName.CHURN_TRAINING: training_job.train,
}
