"""A gym's change of time zone: at once, or by a job where it takes longer than a request may."""

from sqlalchemy import func, select

from api.auth.principal import Principal
from api.errors import Conflict
from db.jobs import add_job
from db.models import Job, JobName, JobState, VisitHour
from db.session import GymSession
from db.tenancy import GymId
from db.time_zone import recount_days

MOST_VISITS_AT_ONCE = 100_000
"""About a second's work, in which no visit can be recorded."""


class TimeZoneChanging(Conflict):
    code = "time_zone_changing"

    def __init__(self, timezone: str) -> None:
        super().__init__(
            f"Your gym is being moved to the time zone {timezone}. Try again when that is done."
        )


def find_coming(session: GymSession, gym_id: GymId) -> str | None:
    """The time zone that a job is moving the gym to."""
    arguments = session.scalar(
        select(Job.arguments).where(
            Job.in_gym(gym_id),
            Job.name == JobName.TIME_ZONE.value,
            Job.state.not_in([JobState.DONE.value, JobState.FAILED.value]),
        )
    )
    return None if arguments is None else str(arguments["timezone"])


def prepare_change(session: GymSession, caller: Principal, timezone: str) -> bool:
    """Whether the gym's time zone can be set now, in this transaction; a job sets it otherwise.

    Call it before the gym's own row is locked.
    """
    gym_id = caller.gym_id
    coming = find_coming(session, gym_id)
    if coming is not None and coming != timezone:
        raise TimeZoneChanging(coming)
    if coming is not None or timezone == caller.gym.timezone:
        return False
    visits = session.scalar(select(func.sum(VisitHour.visits)).where(VisitHour.in_gym(gym_id)))
    if (visits or 0) <= MOST_VISITS_AT_ONCE:
        recount_days(session, gym_id, timezone)
        return True
    moment = session.scalars(select(func.clock_timestamp())).one()
    add_job(
        session,
        gym_id,
        JobName.TIME_ZONE,
        moment.isoformat(),
        arguments={"timezone": timezone},
        created_by=caller.user_id,
    )
    return False
