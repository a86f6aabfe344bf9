from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryFlag
from api.membership_plans import service as plans
from api.membership_plans.errors import (
    PlanContradictsItself,
    PlanKindFixed,
    PlanNameTaken,
    PlanNotFound,
    PriceTooFine,
)
from api.membership_plans.schemas import PlanCreate, PlanItem, PlanUpdate
from core.plans import PlanKind

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_PLANS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_PLANS))]


@router.get("", summary="List membership plans")
def list_plans(
    session: SessionDep,
    caller: Reader,
    now: NowDep,
    page: PageDep,
    kind: PlanKind | None = None,
    is_active: QueryFlag | None = None,
) -> Page[PlanItem]:
    return plans.list_page(session, caller, page, kind=kind, is_active=is_active, now=now)


@router.post(
    "",
    status_code=201,
    summary="Add a plan",
    responses=describe(PlanNameTaken, PriceTooFine, PlanContradictsItself),
)
def create_plan(session: SessionDep, caller: Editor, now: NowDep, data: PlanCreate) -> PlanItem:
    return plans.create(session, caller, data, now=now)


@router.get("/{plan_id}", summary="One plan", responses=describe(PlanNotFound))
def read_plan(session: SessionDep, caller: Reader, now: NowDep, plan_id: Id) -> PlanItem:
    return plans.read(session, caller, plan_id, now=now)


@router.patch(
    "/{plan_id}",
    summary="Edit or retire a plan",
    responses=describe(
        PlanNotFound, PlanNameTaken, PlanKindFixed, PriceTooFine, PlanContradictsItself
    ),
)
def update_plan(
    session: SessionDep, caller: Editor, now: NowDep, plan_id: Id, data: PlanUpdate
) -> PlanItem:
    return plans.update(session, caller, plan_id, data, now=now)
