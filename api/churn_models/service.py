"""The registry of churn models, and requesting training and scores."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from api.churn_models.repository import ChurnModelRepository
from api.churn_models.schemas import ChurnModelItem, read_measured
from api.jobs.schemas import JobItem
from api.jobs.service import to_item as to_job_item
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from core.clock import AsOf
from core.risk.churn import VERSION
from db.models import ChurnModel, JobState
from db.queue.catalogue import CHURN_TRAINING, SCORES, JobKind
from db.queue.jobs import add_job, find_job, restart_job

JOB_DEADLINE = timedelta(hours=6)


def list_page(
    session: Session, caller: Principal, page: PageRequest, *, only_current: bool
) -> Page[ChurnModelItem]:
    models = ChurnModelRepository(session, caller.gym_id)
    rows, total = models.list_page(page, only_current=only_current)
    return Page[ChurnModelItem].of([_to_item(row) for row in rows], total, page)


def request_training(session: Session, caller: Principal, *, as_of: AsOf, now: datetime) -> JobItem:
    """One job per day and version of the code: the same input gives the same result."""
    key = f"{as_of.day} v{VERSION}"
    return _request_job(session, caller, CHURN_TRAINING, key, now)


def request_scores(session: Session, caller: Principal, *, as_of: AsOf, now: datetime) -> JobItem:
    """One job per day, version of the code, and data that was brought in."""
    imported, loaded = ChurnModelRepository(session, caller.gym_id).newest_data()
    key = f"{as_of.day} v{VERSION} import {imported} load {loaded}"
    return _request_job(session, caller, SCORES, key, now, force=True)


def _request_job(
    session: Session, caller: Principal, kind: JobKind, key: str, now: datetime, **arguments: Any
) -> JobItem:
    add_job(
        session,
        caller.gym_id,
        kind,
        key,
        deadline_at=now + JOB_DEADLINE,
        arguments=arguments,
        created_by=caller.user_id,
    )
    job = find_job(session, caller.gym_id, kind, key)
    assert job is not None
    if job.state == JobState.FAILED:
        restart_job(session, job, deadline_at=now + JOB_DEADLINE)
    return to_job_item(job)


def _to_item(model: ChurnModel) -> ChurnModelItem:
    return ChurnModelItem.model_validate(
        {
            **{name: getattr(model, name) for name in ChurnModelItem.model_fields
               if hasattr(model, name)},
            "measured": read_measured(model.metrics),
            "alarms": model.drift.get("alarms", []),
        }
    )  # fmt: skip
