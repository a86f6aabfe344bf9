from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryKey, SensibleDate
from api.membership_plans.errors import PlanFull, PlanNotFound
from api.membership_plans.promotions.errors import CodeNotUsable, CodeUnknown
from api.memberships import moves
from api.memberships import service as memberships
from api.memberships.errors import (
    AlreadyCovered,
    DayOutsideTerm,
    EndOutsideTerm,
    FreezeLimitReached,
    FreezeOverlaps,
    MemberNotFound,
    MembershipNotFound,
    MoveNotPossible,
    PlanEndsByItself,
    PlanRetired,
)
from api.memberships.schemas import (
    CancelRequest,
    DebtRequest,
    FreezeRequest,
    MembershipCreate,
    MembershipDetail,
    MembershipItem,
    PaidRequest,
    PlanChangePreview,
    PlanChangeRequest,
    RenewRequest,
    UnfreezeRequest,
    WithdrawRequest,
)

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERSHIPS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERSHIPS))]


@router.get("", summary="List memberships, newest first")
def list_memberships(
    session: SessionDep,
    caller: Reader,
    now: NowDep,
    page: PageDep,
    member_id: QueryKey | None = None,
) -> Page[MembershipItem]:
    return memberships.list_page(session, caller, page, member_id=member_id, now=now)


@router.post(
    "",
    status_code=201,
    summary="Put a member on a plan",
    responses=describe(
        MemberNotFound,
        PlanNotFound,
        PlanRetired,
        PlanFull,
        PlanEndsByItself,
        AlreadyCovered,
        EndOutsideTerm,
        CodeUnknown,
        CodeNotUsable,
    ),
)
def create_membership(
    session: SessionDep, caller: Editor, now: NowDep, data: MembershipCreate
) -> MembershipDetail:
    return memberships.create(session, caller, data, now=now)


@router.get(
    "/{membership_id}",
    summary="One membership: its state, what can be done with it, terms, freezes and history",
    responses=describe(MembershipNotFound),
)
def read_membership(
    session: SessionDep, caller: Reader, now: NowDep, membership_id: Id
) -> MembershipDetail:
    return memberships.read(session, caller, membership_id, now=now)


@router.post(
    "/{membership_id}/freeze",
    summary="Let a membership rest, from today or a later day",
    responses=describe(
        MembershipNotFound,
        MoveNotPossible,
        FreezeOverlaps,
        FreezeLimitReached,
        AlreadyCovered,
        DayOutsideTerm,
    ),
)
def freeze_membership(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: FreezeRequest
) -> MembershipDetail:
    return moves.freeze(session, caller, membership_id, data, now=now)


@router.post(
    "/{membership_id}/unfreeze",
    summary="End a freeze today, or take one back that has not begun",
    responses=describe(MembershipNotFound, MoveNotPossible, DayOutsideTerm),
)
def unfreeze_membership(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: UnfreezeRequest
) -> MembershipDetail:
    return moves.unfreeze(session, caller, membership_id, data, now=now)


@router.post(
    "/{membership_id}/renew",
    summary="Pay for the next term",
    responses=describe(MembershipNotFound, MoveNotPossible, AlreadyCovered, DayOutsideTerm),
)
def renew_membership(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: RenewRequest
) -> MembershipDetail:
    return moves.renew(session, caller, membership_id, data, now=now)


@router.post(
    "/{membership_id}/cancel",
    summary="Give notice",
    responses=describe(MembershipNotFound, MoveNotPossible, EndOutsideTerm),
)
def cancel_membership(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: CancelRequest
) -> MembershipDetail:
    return moves.cancel(session, caller, membership_id, data, now=now)


@router.post(
    "/{membership_id}/withdraw-cancellation",
    summary="Take a notice back, until the last day is over",
    responses=describe(MembershipNotFound, MoveNotPossible, AlreadyCovered),
)
def withdraw_cancellation(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: WithdrawRequest
) -> MembershipDetail:
    return moves.withdraw_cancellation(session, caller, membership_id, data, now=now)


@router.post(
    "/{membership_id}/unpaid",
    summary="Say that a membership is not paid for",
    responses=describe(MembershipNotFound, DayOutsideTerm),
)
def mark_unpaid(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: DebtRequest
) -> MembershipDetail:
    """After the gym's days of grace its member is refused at the door, until it is paid."""
    return moves.mark_unpaid(session, caller, membership_id, data, now=now)


@router.post(
    "/{membership_id}/paid",
    summary="Say that nothing is owed for a membership any more",
    responses=describe(MembershipNotFound),
)
def mark_paid(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: PaidRequest
) -> MembershipDetail:
    """Again, it changes nothing."""
    return moves.mark_paid(session, caller, membership_id, data, now=now)


@router.get(
    "/{membership_id}/change-plan",
    summary="What another plan would cost",
    responses=describe(
        MembershipNotFound, PlanNotFound, PlanRetired, MoveNotPossible, DayOutsideTerm
    ),
)
def preview_plan_change(
    session: SessionDep,
    caller: Reader,
    now: NowDep,
    membership_id: Id,
    plan_id: QueryKey,
    starts_on: SensibleDate | None = None,
) -> PlanChangePreview:
    return moves.preview_plan_change(session, caller, membership_id, plan_id, starts_on, now=now)


@router.post(
    "/{membership_id}/change-plan",
    summary="Change the plan; the answer is the new membership",
    responses=describe(
        MembershipNotFound,
        PlanNotFound,
        PlanRetired,
        PlanFull,
        PlanEndsByItself,
        MoveNotPossible,
        AlreadyCovered,
        DayOutsideTerm,
    ),
)
def change_plan(
    session: SessionDep, caller: Editor, now: NowDep, membership_id: Id, data: PlanChangeRequest
) -> MembershipDetail:
    return moves.change_plan(session, caller, membership_id, data, now=now)
