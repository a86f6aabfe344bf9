"""The job `plan_prices`: at the beginning of each day, the prices that begin with it."""

from collections.abc import Mapping
from typing import Any

from api.membership_plans.prices.service import apply_changes
from core.clock import to_local_day
from db.models import Gym
from db.queue.jobs import ClaimedJob


def apply_prices(job: ClaimedJob, **_given: Any) -> Mapping[str, Any]:
    with job.session() as session:
        timezone = session.get_one(Gym, job.gym_id).timezone
        return apply_changes(session, job.gym_id, to_local_day(job.now, timezone))
