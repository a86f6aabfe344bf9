"""Long work, watched: how far it is, what came of it, which rows were refused."""

import re

from sqlalchemy.orm import Session

from api.jobs.repository import JobRepository
from api.jobs.schemas import JobItem, JobProgress
from api.kit.pagination import Page, PageRequest
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import Principal
from api.kit.translation import retell, translate
from core.importing import write_error_file
from core.translation import t
from db.loading import STORED_PROBLEMS
from db.models import Job, JobState


def list_page(
    session: Session,
    caller: Principal,
    page: PageRequest,
    *,
    name: str | None = None,
    state: JobState | None = None,
) -> Page[JobItem]:
    rows, total = _own_jobs(session, caller).list_page(page, name=name, state=state)
    return Page[JobItem].of([to_item(row) for row in rows], total, page)


def read(session: Session, caller: Principal, job_id: int) -> JobItem:
    return to_item(_own_jobs(session, caller).get_or_refuse(job_id))


def write_errors(session: Session, caller: Principal, job_id: int) -> str:
    """The refused rows as a CSV to correct and send again."""
    jobs = _own_jobs(session, caller)
    job = jobs.get_or_refuse(job_id)
    problems = jobs.list_problems(job_id, limit=STORED_PROBLEMS)
    known = [str(column) for column in job.progress.get("columns", ())]
    rows = [
        (item.line, item.field, retell(item.said, item.problem) or "", item.row)
        for item in problems
    ]
    return write_error_file(known, rows)


def to_item(job: Job) -> JobItem:
    state = JobState(job.state)
    counts = {name: job.progress.get(name) for name in JobProgress.model_fields}
    progress = JobProgress(**{name: count for name, count in counts.items() if count is not None})
    if state is JobState.DONE:
        progress.share = 1.0
    return JobItem(
        job_id=job.job_id,
        job=job.name,
        state=state,
        due_at=job.due_at,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        progress=progress,
        result=job.result,
        error=_explain_failure(job) if state is JobState.FAILED and job.error else None,
    )


def _explain_failure(job: Job) -> str | None:
    """A refusal is text for the gym. An error of the platform begins with its class's name, may
    quote a query, and is for the log."""
    if job.error and re.match(r"[A-Za-z_.]+: ", job.error):
        return translate(
            t(
                "Something went wrong here, more than once. Ask for it again, or contact the"
                " operator."
            )
        )
    return retell(job.said, job.error)


def _own_jobs(session: Session, caller: Principal) -> JobRepository:
    """All of the gym for callers who may read analytics, else the caller's own."""
    sees_all = is_allowed(caller.role, Permission.READ_ANALYTICS)
    return JobRepository(session, caller.gym_id, created_by=None if sees_all else caller.user_id)
