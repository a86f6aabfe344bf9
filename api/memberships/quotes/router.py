from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryKey, SensibleDate
from api.membership_plans.errors import PlanNotFound
from api.membership_plans.promotions.errors import CodeNotUsable, CodeUnknown
from api.membership_plans.promotions.schemas import Code
from api.memberships.errors import MemberNotFound, PlanRetired
from api.memberships.quotes import service as quotes
from api.memberships.quotes.schemas import QuoteItem

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Seller = Annotated[Principal, Depends(Require(Permission.EDIT_MEMBERSHIPS))]


@router.get(
    "/{plan_id}/quote",
    summary="What a member would pay for a plan, step by step",
    responses=describe(PlanNotFound, PlanRetired, MemberNotFound, CodeUnknown, CodeNotUsable),
)
def read_quote(
    session: SessionDep,
    caller: Seller,
    now: NowDep,
    plan_id: Id,
    member_id: QueryKey,
    code: Annotated[Code | None, Query(description="Of a promotion")] = None,
    starts_on: Annotated[
        SensibleDate | None, Query(description="First day; today when left out")
    ] = None,
) -> QuoteItem:
    return quotes.read(
        session, caller, plan_id, member_id=member_id, code=code, starts_on=starts_on, now=now
    )
