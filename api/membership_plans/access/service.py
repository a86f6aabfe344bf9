"""When and where the members of a plan may enter. The door reads it at each visit."""

from sqlalchemy.orm import Session

from api.kit.principal import Principal
from api.kit.weekly_hours import write_hours
from api.locations.errors import LocationNotFound
from api.membership_plans.access.repository import PlanAccessRepository
from api.membership_plans.access.schemas import PlanAccess, PlanAccessRequest
from api.membership_plans.repository import MembershipPlanRepository


def read(session: Session, caller: Principal, plan_id: int) -> PlanAccess:
    MembershipPlanRepository(session, caller.gym_id).get_or_refuse(plan_id)
    access = PlanAccessRepository(session, caller.gym_id, plan_id=plan_id)
    return PlanAccess(
        hours=write_hours(access.list_hours()), location_ids=list(access.list_location_ids())
    )


def replace(
    session: Session, caller: Principal, plan_id: int, data: PlanAccessRequest
) -> PlanAccess:
    """Raises `LocationNotFound`. Two who replace it at once wait for each other."""
    MembershipPlanRepository(session, caller.gym_id).lock_or_refuse(plan_id)
    access = PlanAccessRepository(session, caller.gym_id, plan_id=plan_id)
    unknown = access.find_unknown(data.location_ids)
    if unknown is not None:
        raise LocationNotFound(unknown)
    access.replace((one.to_hours() for one in data.hours), set(data.location_ids))
    return read(session, caller, plan_id)
