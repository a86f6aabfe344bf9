from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.check_ins.statistics import service as statistics
from api.check_ins.statistics.errors import PeriodRefused
from api.check_ins.statistics.schemas import Occupancy, VisitHistory, VisitStatistics
from api.kit.deps import AsOfDep, NowDep, Require, SessionDep
from api.kit.errors import Forbidden, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Principal
from api.kit.problems import describe
from api.kit.schemas import Id, QueryKey, SensibleDate
from api.memberships.errors import MemberNotFound

router = APIRouter(responses=describe(Unauthorized, Forbidden))
of_member = APIRouter(responses=describe(Unauthorized, Forbidden, MemberNotFound))

Reader = Annotated[Principal, Depends(Require(Permission.READ_CHECK_INS))]


@router.get("/occupancy", summary="Who is inside now, by location")
def read_occupancy(session: SessionDep, caller: Reader, now: NowDep) -> Occupancy:
    """Many doors record no exit: who did not leave counts for three hours."""
    return statistics.read_occupancy(session, caller.gym_id, now=now)


@router.get(
    "/statistics",
    summary="Visits by hour, weekday, plan and location",
    responses=describe(PeriodRefused),
)
def read_statistics(
    session: SessionDep,
    caller: Reader,
    as_of: AsOfDep,
    since: Annotated[
        SensibleDate | None, Query(alias="from", description="Local day, included")
    ] = None,
    until: Annotated[
        SensibleDate | None, Query(alias="to", description="Local day, included")
    ] = None,
    location_id: Annotated[QueryKey | None, Query(description="Visits of one location")] = None,
    plan_id: Annotated[QueryKey | None, Query(description="Visits of members of one plan")] = None,
) -> VisitStatistics:
    """Of at most 366 days; the 30 up to now when none are named. A visit is of the plan that the
    member held on its day."""
    return statistics.read_statistics(
        session,
        caller,
        since=since,
        until=until,
        location_id=location_id,
        plan_id=plan_id,
        today=as_of.day,
    )


@of_member.get("/{member_id}/visit-history", summary="How a member comes")
def read_visit_history(
    session: SessionDep, caller: Reader, now: NowDep, member_id: Id
) -> VisitHistory:
    """Weeks in a row with a visit, and visits by month. Each visit is in `GET /check-ins`."""
    return statistics.read_history(session, caller, member_id, now=now)
