"""Removes what a gym no longer needs, once a day."""

import time
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import ColumnElement, delete, select

from api.check_ins.bulk_files import find_files
from db.jobs import Work
from db.models import DashboardSession, IdempotencyKey, RefreshToken
from db.models.job import Job, JobName, JobState

ENDED = (JobState.DONE.value, JobState.FAILED.value)
KEPT_KEYS = timedelta(hours=48)
KEPT_JOBS = timedelta(days=90)
COMING = timedelta(hours=1)
"""An upload's job is asked for in the very request that wrote the file."""


def run(work: Work, *, folder: Path) -> Mapping[str, Any]:
    """`folder` is where uploads wait for their jobs. Answers how much of each was removed."""
    return _remove_rows(work) | {"files": _remove_files(work, folder)}


def _remove_rows(work: Work) -> dict[str, int]:
    old: dict[Any, ColumnElement[bool]] = {
        IdempotencyKey: IdempotencyKey.created_at < work.now - KEPT_KEYS,
        # Its problems go with it.
        Job: Job.state.in_(ENDED) & (Job.finished_at < work.now - KEPT_JOBS),
        DashboardSession: DashboardSession.expires_at < work.now,
        # A used token tells of its theft for as long as its family could be used.
        RefreshToken: RefreshToken.family_expires_at < work.now,
    }
    removed = {}
    for model, is_old in old.items():
        with work.session() as session:
            result: Any = session.execute(delete(model).where(model.in_gym(work.gym_id), is_old))
            removed[model.__tablename__] = int(result.rowcount)
    return removed


def _remove_files(work: Work, folder: Path) -> int:
    """The gym's uploads that no job will read: it failed, or never came to be."""
    before = time.time() - COMING.total_seconds()
    # Before the jobs are read: a file that comes after is not looked at.
    files = [path for path in find_files(folder, work.gym_id) if _is_older(path, before)]
    with work.session() as session:
        needed = set(
            session.scalars(
                select(Job.arguments["file"].astext).where(
                    Job.in_gym(work.gym_id),
                    Job.name == JobName.CHECK_INS.value,
                    Job.state.not_in(ENDED),
                )
            )
        )
    removed = [path for path in files if path.name not in needed]
    for path in removed:
        path.unlink(missing_ok=True)
    return len(removed)


def _is_older(path: Path, before: float) -> bool:
    try:
        return path.stat().st_mtime < before
    except FileNotFoundError:
        return False
