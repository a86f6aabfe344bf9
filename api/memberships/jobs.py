"""The job `renewals`: once a day, what renews by itself gets the terms that have come due."""

from collections.abc import Mapping
from typing import Any

from core.clock import to_local_day
from db.membership_facts import add_due_terms, list_maybe_due
from db.models import Gym
from db.queue.jobs import AGAIN, ClaimedJob
from db.stats.member_changes import changing_members


def renew(job: ClaimedJob, **_given: Any) -> Mapping[str, Any]:
    """However many days nobody was there for it, each term is added once."""
    progress = {"after": 0, "renewed": 0, **job.progress}
    while not job.is_out_of_time():
        with job.session() as session:
            gym = session.get_one(Gym, job.gym_id)
            day = to_local_day(job.now, gym.timezone)
            due = list_maybe_due(session, job.gym_id, day, after=progress["after"])
            if not due:
                return {"renewed": progress["renewed"]}
            with changing_members(session, gym, due.values(), now=job.now) as changes:
                progress["renewed"] += add_due_terms(session, job.gym_id, due, day)
                changes.only(())
            progress["after"] = max(due)
            job.save_progress(session, progress)
    return AGAIN
