"""The time of a visit, as a request gives it."""

from datetime import UTC, datetime

from api.check_ins.errors import TimeRefused
from core.clock import to_instant
from core.limits import EARLIEST_YEAR, MAX_CLOCK_AHEAD
from core.translation import t
from db.models import Gym

EARLIEST = datetime(EARLIEST_YEAR, 1, 1, tzinfo=UTC)


def read_time(given: datetime | None, gym: Gym, now: datetime) -> datetime:
    if given is None:
        return now
    moment = read_instant(given, gym)
    if moment > now + MAX_CLOCK_AHEAD:
        raise TimeRefused(t("That time lies in the future; a visit is recorded when it happened."))
    if moment < EARLIEST:
        raise TimeRefused(
            t(
                "That time lies before the year {earliest_year}; check the date.",
                earliest_year=EARLIEST_YEAR,
            )
        )
    # Rows of files keep their times, so that the same file again is the same visits.
    return min(moment, now)


def read_instant(given: datetime, gym: Gym) -> datetime:
    try:
        return to_instant(given, gym.timezone)
    except OverflowError as error:  # at the ends of the calendar
        raise TimeRefused(t("That time cannot be understood.")) from error
