"""Which time zone a gym may have, and its change: at once, or by a job where that takes long."""

from sqlalchemy import func, select

from api.kit.principal import Principal
from api.organizations.errors import TimeZoneChanging, TimeZoneRefused
from db.models import Job, JobState, VisitHour
from db.queue.catalogue import TIME_ZONE
from db.queue.jobs import add_job
from db.queue.scores import score_in_new_time_zone
from db.session import GymSession
from db.stats.time_zone import recount_days
from db.types import GymId
from db.zone_offsets import find_read_differently

MAX_VISITS_AT_ONCE = 100_000
"""About a second's work, in which no visit can be recorded."""


def check_read_alike(session: GymSession, timezone: str) -> None:
    """Raises `TimeZoneRefused` for a zone that Python and the database read differently."""
    if find_read_differently(session, [timezone]):
        raise TimeZoneRefused(timezone)


def find_pending(session: GymSession, gym_id: GymId) -> str | None:
    """The time zone that a job is moving the gym to."""
    arguments = session.scalar(
        select(Job.arguments).where(
            Job.in_gym(gym_id),
            Job.name == TIME_ZONE.name,
            Job.state.not_in([JobState.DONE, JobState.FAILED]),
        )
    )
    return None if arguments is None else str(arguments["timezone"])


def prepare_change(session: GymSession, caller: Principal, timezone: str) -> bool:
    """Whether the gym's time zone can be set now, in this transaction; a job sets it otherwise.

    Raises `TimeZoneRefused` and `TimeZoneChanging`. Call it before
    `OrganizationRepository.lock`.
    """
    gym_id = caller.gym_id
    coming = find_pending(session, gym_id)
    if coming is not None and coming != timezone:
        raise TimeZoneChanging(coming)
    if coming is not None or timezone == caller.gym.timezone:
        return False
    check_read_alike(session, timezone)
    visits = session.scalar(select(func.sum(VisitHour.visits)).where(VisitHour.in_gym(gym_id)))
    if (visits or 0) <= MAX_VISITS_AT_ONCE:
        recount_days(session, gym_id, timezone)
        score_in_new_time_zone(session, gym_id)
        return True
    moment = session.scalars(select(func.clock_timestamp())).one()
    add_job(
        session,
        gym_id,
        TIME_ZONE,
        moment.isoformat(),
        arguments={"timezone": timezone},
        created_by=caller.user_id,
    )
    return False
