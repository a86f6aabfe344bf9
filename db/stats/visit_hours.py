"""What makes two scans one visit, and the writing of visits in bulk."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

DOUBLE_SCAN = timedelta(minutes=10)
MAX_STAY = timedelta(hours=3)
"""A visit without an exit counts as over after this long: many doors record entries only."""

_COUNT_HOURS = """
insert into visit_hours as h (gym_id, day, hour, visits)
select g.gym_id, local.moment::date, extract(hour from local.moment)::int, count(*)
from ({query}) visit
join gyms g on g.gym_id = :gym_id
cross join lateral (
  select visit.check_in at time zone coalesce(:timezone, g.timezone) as moment
) local
group by 1, 2, 3
order by 1, 2, 3
on conflict (gym_id, day, hour, slot) do update set visits = h.visits + excluded.visits
"""


_UNCOUNT_HOUR = text(
    """
with held as (
  select h.day, h.hour, h.slot, h.visits
  from visit_hours h
  join gyms g using (gym_id)
  cross join lateral (select cast(:check_in as timestamptz) at time zone g.timezone as moment) local
  where h.gym_id = :gym_id
    and h.day = local.moment::date and h.hour = extract(hour from local.moment)::int
  order by h.slot
  for update of h
)
update visit_hours h set visits = h.visits - 1
from (select * from held order by visits desc, slot limit 1) fullest
where h.gym_id = :gym_id
  and h.day = fullest.day and h.hour = fullest.hour and h.slot = fullest.slot
"""
)
_FORGET_EMPTY = text(
    """
delete from visit_hours h using gyms g
where h.gym_id = :gym_id and g.gym_id = :gym_id and h.visits < 1
  and h.day = (cast(:check_in as timestamptz) at time zone g.timezone)::date
"""
)
_FOLD = text(
    """
with folded as (
  delete from visit_hours where gym_id = :gym_id and day < :day and slot > 0
  returning day, hour, visits
)
insert into visit_hours as h (gym_id, day, hour, slot, visits)
select :gym_id, day, hour, 0, sum(visits) from folded group by day, hour
on conflict (gym_id, day, hour, slot) do update set visits = h.visits + excluded.visits
"""
)


def count_visit_hours(
    session: Session, gym_id: int, query: str, *, timezone: str | None = None, **values: Any
) -> None:
    """Add newly written visits to `visit_hours`: `query` is SQL text that reads their `check_in`,
    with its `values`. Each visit must be passed exactly once."""
    statement = text(_COUNT_HOURS.format(query=query))
    session.execute(statement, {"gym_id": gym_id, "timezone": timezone, **values})


def uncount_visit_hour(session: Session, gym_id: int, check_in: datetime) -> None:
    """Take a visit that was deleted out of `visit_hours`. An hour without any has no row."""
    visit = {"gym_id": gym_id, "check_in": check_in}
    session.execute(_UNCOUNT_HOUR, visit)
    session.execute(_FORGET_EMPTY, visit)


def fold_visit_hours(session: Session, gym_id: int, day: date) -> None:
    """Keep one row for each hour of the days before `day`."""
    session.execute(_FOLD, {"gym_id": gym_id, "day": day})


def rebuild_visit_hours(session: Session, gym_id: int, *, timezone: str | None = None) -> None:
    """Recount all visits of a gym, by the hours of `timezone` or the gym's own.

    Only while nothing else writes them: in seeding, or under `lock_days`.
    """
    session.execute(text("delete from visit_hours where gym_id = :gym_id"), {"gym_id": gym_id})
    everything = "select check_in from attendance where gym_id = :gym_id"
    count_visit_hours(session, gym_id, everything, timezone=timezone)
