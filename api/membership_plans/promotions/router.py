from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryFlag
from api.membership_plans.errors import PlanNotFound
from api.membership_plans.promotions import service as promotions
from api.membership_plans.promotions.errors import (
    CodeTaken,
    PromotionContradictsItself,
    PromotionNotFound,
    PromotionUsed,
)
from api.membership_plans.promotions.schemas import (
    PromotionCreate,
    PromotionItem,
    PromotionUpdate,
)

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_PLANS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_PLANS))]


@router.get("", summary="List promotions")
def list_promotions(
    session: SessionDep, caller: Reader, page: PageDep, is_active: QueryFlag | None = None
) -> Page[PromotionItem]:
    """Those in use first."""
    return promotions.list_page(session, caller, page, is_active=is_active)


@router.post(
    "",
    status_code=201,
    summary="Add a promotion",
    responses=describe(CodeTaken, PlanNotFound, PromotionContradictsItself),
)
def create_promotion(session: SessionDep, caller: Editor, data: PromotionCreate) -> PromotionItem:
    return promotions.create(session, caller, data)


@router.get("/{promotion_id}", summary="One promotion", responses=describe(PromotionNotFound))
def read_promotion(session: SessionDep, caller: Reader, promotion_id: Id) -> PromotionItem:
    return promotions.read(session, caller, promotion_id)


@router.patch(
    "/{promotion_id}",
    summary="Edit or retire a promotion",
    responses=describe(PromotionNotFound, CodeTaken, PlanNotFound, PromotionContradictsItself),
)
def update_promotion(
    session: SessionDep, caller: Editor, promotion_id: Id, data: PromotionUpdate
) -> PromotionItem:
    return promotions.update(session, caller, promotion_id, data)


@router.delete(
    "/{promotion_id}",
    status_code=204,
    summary="Delete what was entered by mistake",
    responses=describe(PromotionNotFound, PromotionUsed),
)
def delete_promotion(session: SessionDep, caller: Editor, promotion_id: Id) -> Response:
    promotions.delete(session, caller, promotion_id)
    return Response(status_code=204)
