from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.membership_plans.errors import PlanNotFound, PriceTooFine
from api.membership_plans.price_rules import service as price_rules
from api.membership_plans.price_rules.errors import (
    PriceRuleContradictsItself,
    PriceRuleNotFound,
)
from api.membership_plans.price_rules.schemas import PriceRuleCreate, PriceRuleItem

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_PLANS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_PLANS))]


@router.get(
    "/{plan_id}/price-rules",
    summary="List for whom a plan costs less",
    responses=describe(PlanNotFound),
)
def list_price_rules(
    session: SessionDep, caller: Reader, page: PageDep, plan_id: Id
) -> Page[PriceRuleItem]:
    return price_rules.list_page(session, caller, page, plan_id)


@router.post(
    "/{plan_id}/price-rules",
    status_code=201,
    summary="Let a plan cost less for some",
    responses=describe(PlanNotFound, PriceTooFine, PriceRuleContradictsItself),
)
def create_price_rule(
    session: SessionDep, caller: Editor, plan_id: Id, data: PriceRuleCreate
) -> PriceRuleItem:
    return price_rules.create(session, caller, plan_id, data)


@router.delete(
    "/{plan_id}/price-rules/{rule_id}",
    status_code=204,
    summary="Delete a rule; who joined by it keeps the price",
    responses=describe(PriceRuleNotFound),
)
def delete_price_rule(session: SessionDep, caller: Editor, plan_id: Id, rule_id: Id) -> Response:
    price_rules.delete(session, caller, plan_id, rule_id)
    return Response(status_code=204)
