from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, SensibleDate
from api.membership_plans.errors import PlanNotFound
from api.memberships.price_moves import service as price_moves
from api.memberships.price_moves.errors import MoveDayOutOfReach, NotOnPlan
from api.memberships.price_moves.schemas import (
    PriceMoveRequest,
    PriceMoveResult,
    PriceMoves,
    WithdrawPriceMoveRequest,
)

router = APIRouter(responses=describe(Unauthorized, Forbidden, PlanNotFound))

Editor = Annotated[Principal, Depends(Require(Permission.EDIT_PLANS))]


@router.get(
    "/{plan_id}/price-moves",
    summary="Who would be moved to the plan's price, and what is agreed already",
    responses=describe(MoveDayOutOfReach),
)
def read_price_moves(
    session: SessionDep,
    caller: Editor,
    now: NowDep,
    plan_id: Id,
    starts_on: SensibleDate | None = None,
) -> PriceMoves:
    return price_moves.read(session, caller, plan_id, starts_on=starts_on, now=now)


@router.post(
    "/{plan_id}/price-moves",
    summary="Move members to the plan's price from their next term on",
    responses=describe(MoveDayOutOfReach, NotOnPlan),
)
def move_to_price(
    session: SessionDep, caller: Editor, now: NowDep, plan_id: Id, data: PriceMoveRequest
) -> PriceMoveResult:
    """The same request twice moves nobody twice."""
    return price_moves.move(session, caller, plan_id, data, now=now)


@router.post(
    "/{plan_id}/price-moves/withdraw",
    summary="Let members keep their price, where the other one holds for no term yet",
    responses=describe(NotOnPlan),
)
def withdraw_price_moves(
    session: SessionDep, caller: Editor, now: NowDep, plan_id: Id, data: WithdrawPriceMoveRequest
) -> PriceMoveResult:
    return price_moves.withdraw(session, caller, plan_id, data, now=now)
