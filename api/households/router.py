from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.households import service as households
from api.households.errors import (
    HouseholdFull,
    HouseholdNotFound,
    InHousehold,
    NotInHousehold,
    PayerStays,
)
from api.households.schemas import (
    HouseholdCreate,
    HouseholdItem,
    HouseholdMemberRequest,
)
from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryKey
from api.members.errors import NoLongerKept
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERSHIPS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERSHIPS))]


@router.get("", summary="Households, by the name of who pays")
def list_households(
    session: SessionDep,
    caller: Reader,
    page: PageDep,
    member_id: QueryKey | None = None,
) -> Page[HouseholdItem]:
    """With `member_id` the one that they are in, if there is one."""
    return households.list_page(session, caller, page, member_id=member_id)


@router.post(
    "",
    status_code=201,
    summary="Let one member pay for others",
    responses=describe(MemberNotFound, NoLongerKept, InHousehold),
)
def create_household(session: SessionDep, caller: Editor, data: HouseholdCreate) -> HouseholdItem:
    return households.create(session, caller, data)


@router.get("/{household_id}", summary="One household", responses=describe(HouseholdNotFound))
def read_household(session: SessionDep, caller: Reader, household_id: Id) -> HouseholdItem:
    return households.read(session, caller, household_id)


@router.put(
    "/{household_id}/payer",
    summary="Let another of a household pay",
    responses=describe(HouseholdNotFound, MemberNotFound, NoLongerKept, NotInHousehold),
)
def set_payer(
    session: SessionDep, caller: Editor, household_id: Id, data: HouseholdMemberRequest
) -> HouseholdItem:
    return households.set_payer(session, caller, household_id, data)


@router.delete(
    "/{household_id}",
    status_code=204,
    summary="Dissolve a household",
    responses=describe(HouseholdNotFound),
)
def delete_household(session: SessionDep, caller: Editor, household_id: Id) -> Response:
    """Its people stay, with all that is theirs."""
    households.delete(session, caller, household_id)
    return Response(status_code=204)


@router.post(
    "/{household_id}/members",
    status_code=201,
    summary="Add a member to a household",
    responses=describe(HouseholdNotFound, MemberNotFound, NoLongerKept, InHousehold, HouseholdFull),
)
def add_member(
    session: SessionDep, caller: Editor, household_id: Id, data: HouseholdMemberRequest
) -> HouseholdItem:
    return households.add_member(session, caller, household_id, data)


@router.delete(
    "/{household_id}/members/{member_id}",
    status_code=204,
    summary="Take a member out of a household",
    responses=describe(HouseholdNotFound, NotInHousehold, PayerStays),
)
def remove_member(session: SessionDep, caller: Editor, household_id: Id, member_id: Id) -> Response:
    households.remove_member(session, caller, household_id, member_id)
    return Response(status_code=204)
