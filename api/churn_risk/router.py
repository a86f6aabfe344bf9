from typing import Annotated

from fastapi import APIRouter, Depends

from api.churn_risk import service as churn_risk
from api.churn_risk.schemas import ChurnRisk
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))

Reader = Annotated[Principal, Depends(Require(Permission.READ_MEMBERS))]


@router.get(
    "/{member_id}/churn-risk",
    summary="How likely one member is not to come, and why",
    responses=describe(MemberNotFound),
)
def read_churn_risk(
    session: SessionDep,
    caller: Reader,
    as_of: AsOfDep,
    now: NowDep,
    member_id: Id,
) -> ChurnRisk:
    """Computed now. `base` and the contributions add up to `logit`. A member without any visit gets
    the share of all members, and `note` says so."""
    return churn_risk.read(session, caller, member_id, as_of=as_of, now=now)
