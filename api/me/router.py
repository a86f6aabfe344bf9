from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.me import service as me
from api.me.errors import NoMember, NoticeOfTheGym
from api.me.schemas import OwnCancelRequest, OwnMember, OwnMembership, OwnVisit
from api.memberships.errors import (
    AlreadyCovered,
    DayOutsideTerm,
    EndOutsideTerm,
    FreezeLimitReached,
    FreezeOverlaps,
    MembershipNotFound,
    MoveNotPossible,
)
from api.memberships.schemas import (
    FreezeRequest,
    UnfreezeRequest,
    WithdrawRequest,
)

router = APIRouter(responses=describe(Unauthorized, Forbidden, NoMember))

Reader = Annotated[Principal, Depends(Require(Permission.READ_OWN_MEMBERSHIP))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_OWN_MEMBERSHIP))]


@router.get("", summary="A member sees themselves: memberships, and how they come")
def read_me(session: SessionDep, caller: Reader, now: NowDep) -> OwnMember:
    """For who signs in as a member. Their code is at `/members/{member_id}/door-code`."""
    return me.read(session, caller, now=now)


@router.get("/check-ins", summary="A member's own visits, newest first")
def list_own_visits(session: SessionDep, caller: Reader, page: PageDep) -> Page[OwnVisit]:
    return me.list_visits(session, caller, page)


@router.post(
    "/memberships/{membership_id}/freeze",
    summary="Let one's own membership rest",
    responses=describe(
        MembershipNotFound,
        MoveNotPossible,
        FreezeOverlaps,
        FreezeLimitReached,
        AlreadyCovered,
        DayOutsideTerm,
    ),
)
def freeze_own(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: FreezeRequest
) -> OwnMembership:
    return me.freeze(session, caller, membership_id, data, now=now)


@router.post(
    "/memberships/{membership_id}/unfreeze",
    summary="Train again, or take back a freeze that has not begun",
    responses=describe(MembershipNotFound, MoveNotPossible, DayOutsideTerm),
)
def unfreeze_own(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: UnfreezeRequest
) -> OwnMembership:
    return me.unfreeze(session, caller, membership_id, data, now=now)


@router.post(
    "/memberships/{membership_id}/cancel",
    summary="Give notice of one's own membership",
    responses=describe(MembershipNotFound, MoveNotPossible, EndOutsideTerm),
)
def cancel_own(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: OwnCancelRequest
) -> OwnMembership:
    """With the plan's notice period, on one page and without a talk: it is as easy as joining."""
    return me.cancel(session, caller, membership_id, data, now=now)


@router.post(
    "/memberships/{membership_id}/withdraw-cancellation",
    summary="Take one's own notice back, until the last day is over",
    responses=describe(MembershipNotFound, MoveNotPossible, NoticeOfTheGym, AlreadyCovered),
)
def withdraw_own_cancellation(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: WithdrawRequest
) -> OwnMembership:
    return me.withdraw_cancellation(session, caller, membership_id, data, now=now)
