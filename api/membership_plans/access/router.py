from typing import Annotated

from fastapi import APIRouter, Depends

from api.kit.deps import Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.locations.errors import LocationNotFound
from api.membership_plans.access import service as access
from api.membership_plans.access.schemas import PlanAccess, PlanAccessRequest
from api.membership_plans.errors import PlanNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden, PlanNotFound))

Reader = Annotated[Principal, Depends(Require(Permission.READ_PLANS))]
Editor = Annotated[Principal, Depends(Require(Permission.EDIT_PLANS))]


@router.get("/{plan_id}/access", summary="When and where members of the plan may enter")
def read_access(session: SessionDep, caller: Reader, plan_id: Id) -> PlanAccess:
    return access.read(session, caller, plan_id)


@router.put(
    "/{plan_id}/access",
    summary="Set when and where members of the plan may enter",
    responses=describe(LocationNotFound),
)
def replace_access(
    session: SessionDep, caller: Editor, plan_id: Id, data: PlanAccessRequest
) -> PlanAccess:
    """All of it at once, in the gym's local time; it holds from the next visit on."""
    return access.replace(session, caller, plan_id, data)
