"""Visits in figures: who is inside now, when the gym is visited and by whom, how a member comes."""

from collections import Counter
from datetime import date, datetime, time, timedelta

from sqlalchemy.orm import Session

from api.check_ins.repository import CheckInRepository
from api.check_ins.statistics.errors import backwards, too_long
from api.check_ins.statistics.repository import VisitStatisticsRepository
from api.check_ins.statistics.schemas import (
    LocationOccupancy,
    LocationVisits,
    MonthVisits,
    Occupancy,
    PlanVisits,
    VisitHistory,
    VisitStatistics,
)
from api.kit.principal import Principal
from api.memberships.errors import MemberNotFound
from core.clock import find_day_end, to_instant, to_local_day
from core.streaks import find_streaks
from db.stats.closed_days import read_closed_days

USUAL = timedelta(days=30)
LONGEST = timedelta(days=366)
MONTHS = 12


def read_occupancy(session: Session, gym_id: int, *, now: datetime) -> Occupancy:
    rows = VisitStatisticsRepository(session, gym_id).count_inside(now)
    return Occupancy(
        inside=sum(row.inside for row in rows),
        locations=[
            LocationOccupancy.model_validate(row) for row in rows if row.location_id is not None
        ],
    )


def read_statistics(
    session: Session,
    caller: Principal,
    *,
    since: date | None,
    until: date | None,
    location_id: int | None,
    plan_id: int | None,
    today: date,
) -> VisitStatistics:
    """Of local days, both included: without any, of the 30 days up to `today`. Staff and guests in
    the door log are not counted. Raises `PeriodRefused`."""
    timezone = caller.gym.timezone
    until = until or today
    since = since or until - USUAL + timedelta(days=1)
    if until < since:
        raise backwards()
    if until - since >= LONGEST:
        raise too_long(LONGEST.days)
    rows = VisitStatisticsRepository(session, caller.gym_id).count_visits(
        since=to_instant(datetime.combine(since, time()), timezone),
        until=find_day_end(until, timezone),
        timezone=timezone,
        location_id=location_id,
        plan_id=plan_id,
    )
    hours = {row.hour: row.visits for row in rows if row.counted_by == "hour"}
    weekdays = {row.weekday: row.visits for row in rows if row.counted_by == "weekday"}
    [everything] = [row for row in rows if row.counted_by == "all"]
    return VisitStatistics(
        first_day=since,
        last_day=until,
        visits=everything.visits,
        members=everything.members,
        by_hour=[hours.get(hour, 0) for hour in range(24)],
        by_weekday=[weekdays.get(weekday, 0) for weekday in range(7)],
        by_plan=[
            PlanVisits(
                plan_id=row.plan_id, name=row.plan_name, visits=row.visits, members=row.members
            )
            for row in rows
            if row.counted_by == "plan"
        ],
        by_location=[
            LocationVisits(
                location_id=row.location_id,
                name=row.location_name,
                visits=row.visits,
                members=row.members,
            )
            for row in rows
            if row.counted_by == "location"
        ],
    )


def read_history(
    session: Session, caller: Principal, member_id: int, *, now: datetime
) -> VisitHistory:
    """Raises `MemberNotFound`."""
    gym = caller.gym
    if CheckInRepository(session, gym.gym_id).name_of(member_id) is None:
        raise MemberNotFound(member_id)
    today = to_local_day(now, gym.timezone)
    days = VisitStatisticsRepository(session, gym.gym_id).count_days(member_id, gym.timezone)
    first, last = min(days, default=None), max(days, default=None)
    closed = read_closed_days(session, gym.gym_id, today, since=first) if first else ()
    streaks = find_streaks(days, today=today, closed=closed)
    months: Counter[date] = Counter()
    for day, visits in days.items():
        months[day.replace(day=1)] += visits
    return VisitHistory(
        visits=sum(days.values()),
        first_visit=first,
        last_visit=last,
        current_weeks=streaks.current,
        longest_weeks=streaks.longest,
        by_month=[MonthVisits(month=month, visits=months[month]) for month in _list_months(today)],
    )


def _list_months(today: date) -> list[date]:
    number = today.year * 12 + today.month - 1
    return [date(one // 12, one % 12 + 1, 1) for one in range(number - MONTHS + 1, number + 1)]
