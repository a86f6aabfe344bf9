"""Work that takes longer than a request."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.jobs import service as jobs
from api.jobs.errors import JobNotFound
from api.jobs.schemas import JobItem, JobName
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.file_responses import CSV, CSV_RESPONSES, file_response
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from db.models import JobState

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_JOBS))]


@router.get("", summary="Jobs, newest first")
def list_jobs(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    job: Annotated[JobName | None, Query(description="Only jobs of this name")] = None,
    state: Annotated[JobState | None, Query(description="Only jobs in this state")] = None,
) -> Page[JobItem]:
    """All of the gym for callers who may read analytics; for others those they requested."""
    return jobs.list_page(session, caller, page, name=job, state=state)


@router.get("/{job_id}", summary="How far a job is", responses=describe(JobNotFound))
def read_job(session: SessionDep, caller: Reader, job_id: Id) -> JobItem:
    return jobs.read(session, caller, job_id)


@router.get(
    "/{job_id}/errors.csv",
    summary="The refused rows, to correct and send again",
    response_class=Response,
    responses={**CSV_RESPONSES, **describe(JobNotFound)},
)
def read_errors(session: SessionDep, caller: Reader, job_id: Id) -> Response:
    """The first 10,000; all are counted. Opens in any spreadsheet: no cell runs as a formula.
    Sending the file again undoes the apostrophe that sees to it."""
    content = jobs.write_errors(session, caller, job_id)
    return file_response(content, f"job-{job_id}-errors.csv", CSV)
