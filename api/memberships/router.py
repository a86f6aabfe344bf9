from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryKey
from api.membership_plans.errors import PlanFull, PlanNotFound
from api.memberships import service as memberships
from api.memberships.errors import (
    AlreadyCovered,
    EndOutsideTerm,
    MemberNotFound,
    MembershipNotFound,
    PlanRetired,
)
from api.memberships.schemas import MembershipCreate, MembershipEndRequest, MembershipItem

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERSHIPS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERSHIPS))]


@router.get("", summary="List memberships, newest first")
def list_memberships(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    member_id: QueryKey | None = None,
) -> Page[MembershipItem]:
    return memberships.list_page(session, caller, page, member_id=member_id)


@router.post(
    "",
    status_code=201,
    summary="Put a member on a plan",
    responses=describe(
        MemberNotFound, PlanNotFound, PlanRetired, PlanFull, AlreadyCovered, EndOutsideTerm
    ),
)
def create_membership(
    session: SessionDep, caller: Editor, now: NowDep, data: MembershipCreate
) -> MembershipItem:
    return memberships.create(session, caller, data, now=now)


@router.post(
    "/{membership_id}/end",
    summary="End a membership",
    responses=describe(MembershipNotFound, EndOutsideTerm),
)
def end_membership(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: MembershipEndRequest
) -> MembershipItem:
    return memberships.end(session, caller, membership_id, data, now=now)
