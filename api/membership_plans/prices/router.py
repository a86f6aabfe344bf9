from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.membership_plans.errors import PlanNotFound, PriceTooFine
from api.membership_plans.prices import service as prices
from api.membership_plans.prices.errors import (
    PriceDayPast,
    PriceDayTaken,
    PriceInUse,
    PriceNotFound,
)
from api.membership_plans.prices.schemas import PriceCreate, PriceItem

router = APIRouter(responses=describe(Unauthorized, Forbidden, PlanNotFound))

Reader = Annotated[Principal, Depends(Require(Permission.READ_PLANS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_PLANS))]


@router.get("/{plan_id}/prices", summary="List a plan's prices, newest first")
def list_prices(session: SessionDep, caller: Reader, page: PageDep, plan_id: Id) -> Page[PriceItem]:
    """Empty while the price was never changed."""
    return prices.list_page(session, caller, page, plan_id)


@router.post(
    "/{plan_id}/prices",
    status_code=201,
    summary="Change the price from a day on",
    responses=describe(PriceDayTaken, PriceDayPast, PriceTooFine),
)
def create_price(
    session: SessionDep, caller: Editor, now: NowDep, plan_id: Id, data: PriceCreate
) -> PriceItem:
    return prices.create(session, caller, plan_id, data, now=now)


@router.delete(
    "/{plan_id}/prices/{price_id}",
    status_code=204,
    summary="Withdraw a change of price",
    responses=describe(PriceNotFound, PriceInUse),
)
def delete_price(
    session: SessionDep, caller: Editor, now: NowDep, plan_id: Id, price_id: Id
) -> Response:
    """Only one to come; what held once stays."""
    prices.delete(session, caller, plan_id, price_id, now=now)
    return Response(status_code=204)
