"""Which churn model is active, how good it is, and requesting a new one."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from api.churn_models import service as churn_models
from api.churn_models.schemas import ChurnModelItem
from api.jobs.schemas import JobItem
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import QueryFlag

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_ANALYTICS))]
Computer = Annotated[Principal, Depends(Require(Permission.COMPUTE_ANALYTICS))]


@router.get("/churn-models", summary="Churn models, newest first, with their cards")
def list_churn_models(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    current: Annotated[QueryFlag, Query(description="Only active versions")] = False,
) -> Page[ChurnModelItem]:
    """A gym without any is scored by rules."""
    return churn_models.list_page(session, caller, page, only_current=current)


@router.post("/churn-models/train", status_code=202, summary="Train the churn models now")
def train(
    session: SessionDep, caller: Computer, as_of: AsOfDep, now: NowDep, response: Response
) -> JobItem:
    """It happens by itself every week. Requested again on the same day, it is the same job: the
    same data gives the same model. One that failed is tried again."""
    job = churn_models.request_training(session, caller, as_of=as_of, now=now)
    response.headers["Location"] = f"/api/v1/jobs/{job.job_id}"
    return job


@router.post("/scores", status_code=202, summary="Compute segments, values and scores now")
def score(
    session: SessionDep, caller: Computer, as_of: AsOfDep, now: NowDep, response: Response
) -> JobItem:
    """It happens by itself every night and after every import. Requested again on the same day and
    without new data, it is the same job."""
    job = churn_models.request_scores(session, caller, as_of=as_of, now=now)
    response.headers["Location"] = f"/api/v1/jobs/{job.job_id}"
    return job
