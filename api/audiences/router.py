from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.audiences import service as audiences
from api.audiences.errors import AudienceNameTaken, AudienceNotFound
from api.audiences.repository import AudienceSort
from api.audiences.schemas import AudienceCreate, AudienceItem, AudienceUpdate
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.members.errors import TrainerNotFound
from api.membership_plans.errors import PlanNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERS))]


@router.get("", summary="List saved audiences")
def list_audiences(
    session: SessionDep, caller: Reader, page: PageDep, sort: AudienceSort = AudienceSort.NAME
) -> Page[AudienceItem]:
    return audiences.list_page(session, caller, page, sort=sort)


@router.post(
    "",
    status_code=201,
    summary="Save a filter of members under a name",
    responses=describe(AudienceNameTaken, PlanNotFound, TrainerNotFound),
)
def create_audience(session: SessionDep, caller: Editor, data: AudienceCreate) -> AudienceItem:
    """The filter is that of `GET /members`. Who is in it is decided when it is asked."""
    return audiences.create(session, caller, data)


@router.get("/{audience_id}", summary="One audience", responses=describe(AudienceNotFound))
def read_audience(session: SessionDep, caller: Reader, audience_id: Id) -> AudienceItem:
    return audiences.read(session, caller, audience_id)


@router.patch(
    "/{audience_id}",
    summary="Rename an audience, or change its filter",
    responses=describe(AudienceNotFound, AudienceNameTaken, PlanNotFound, TrainerNotFound),
)
def update_audience(
    session: SessionDep, caller: Editor, audience_id: Id, data: AudienceUpdate
) -> AudienceItem:
    return audiences.update(session, caller, audience_id, data)


@router.delete(
    "/{audience_id}",
    status_code=204,
    summary="Forget an audience",
    responses=describe(AudienceNotFound),
)
def delete_audience(session: SessionDep, caller: Editor, audience_id: Id) -> Response:
    audiences.delete(session, caller, audience_id)
    return Response(status_code=204)
