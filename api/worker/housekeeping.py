"""Removes what a gym no longer needs, once a day, and folds what was counted in parts."""

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete

from api.check_ins.bulk.upload_quota import remove_unneeded
from api.kit.settings import Settings
from core.clock import to_local_day
from db.models import (
    DashboardSession,
    Gym,
    IdempotencyKey,
    Invitation,
    PasswordReset,
    RefreshToken,
    UsedDoorCode,
)
from db.models.job import Job, JobState
from db.queue.jobs import ClaimedJob
from db.stats.visit_hours import fold_visit_hours

ENDED = (JobState.DONE, JobState.FAILED)
KEPT_KEYS = timedelta(hours=48)
KEPT_CODES = timedelta(hours=1)
KEPT_JOBS = timedelta(days=90)
KEPT_LINKS = timedelta(days=30)
"""After they have ended, whether or not they were used."""


def run(job: ClaimedJob, *, settings: Settings) -> Mapping[str, Any]:
    """Returns how much of each was removed."""
    _fold_counts(job)
    return _remove_rows(job) | {"files": _remove_files(job, settings.upload_dir)}


def _fold_counts(job: ClaimedJob) -> None:
    with job.session() as session:
        gym = session.get_one(Gym, job.gym_id)
        fold_visit_hours(session, job.gym_id, to_local_day(job.now, gym.timezone))


def _remove_rows(job: ClaimedJob) -> dict[str, int]:
    old: dict[Any, ColumnElement[bool]] = {
        IdempotencyKey: IdempotencyKey.created_at < job.now - KEPT_KEYS,
        # Its problems go with it.
        Job: Job.state.in_(ENDED) & (Job.finished_at < job.now - KEPT_JOBS),
        DashboardSession: DashboardSession.expires_at < job.now,
        # A used token reveals its theft for as long as its family could be used.
        RefreshToken: RefreshToken.family_expires_at < job.now,
        Invitation: Invitation.expires_at < job.now - KEPT_LINKS,
        PasswordReset: PasswordReset.expires_at < job.now - KEPT_LINKS,
        UsedDoorCode: UsedDoorCode.used_at < job.now - KEPT_CODES,
    }
    removed = {}
    for model, is_old in old.items():
        with job.session() as session:
            result: Any = session.execute(delete(model).where(model.in_gym(job.gym_id), is_old))
            removed[model.__tablename__] = int(result.rowcount)
    return removed


def _remove_files(job: ClaimedJob, folder: Path) -> int:
    with job.session() as session:
        return remove_unneeded(session, job.gym_id, folder)
