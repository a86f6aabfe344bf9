from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.members import service as members
from api.members.errors import NoLongerKept
from api.members.numbers import service as numbers
from api.members.numbers.errors import (
    NumberAmbiguous,
    NumberEnded,
    NumberNotFound,
    NumberUnknown,
    ValueTaken,
)
from api.members.numbers.schemas import LookupRequest, NumberCreate, NumberItem
from api.members.schemas import MemberItem
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERS))]


@router.post(
    "/lookup",
    summary="Whose number this is",
    responses=describe(NumberUnknown, NumberEnded, NumberAmbiguous),
)
def look_up(session: SessionDep, caller: Reader, as_of: AsOfDep, data: LookupRequest) -> MemberItem:
    """A member number, card, barcode or vendor's key that is valid. In the body, because what opens
    a door is not for logs."""
    member_id = numbers.look_up(session, caller, data)
    return members.read_item(session, caller, member_id, as_of=as_of)


@router.get(
    "/{member_id}/numbers",
    summary="Cards and other numbers of one member, valid ones first",
    responses=describe(MemberNotFound),
)
def list_numbers(
    session: SessionDep, caller: Reader, page: PageDep, member_id: Id
) -> Page[NumberItem]:
    return numbers.list_page(session, caller, member_id, page)


@router.post(
    "/{member_id}/numbers",
    status_code=201,
    summary="Give a member a card or another number",
    responses=describe(MemberNotFound, ValueTaken, NoLongerKept),
)
def create_number(
    session: SessionDep, caller: Editor, now: NowDep, member_id: Id, data: NumberCreate
) -> NumberItem:
    return numbers.create(session, caller, member_id, data, now=now)


@router.post(
    "/{member_id}/numbers/{number_id}/end",
    summary="End a card or another number",
    responses=describe(MemberNotFound, NumberNotFound),
)
def end_number(
    session: SessionDep, caller: Editor, now: NowDep, member_id: Id, number_id: Id
) -> NumberItem:
    """Lost, broken or given back: it is kept for history and opens nothing."""
    return numbers.end(session, caller, member_id, number_id, now=now)
