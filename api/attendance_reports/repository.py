"""SQL of the daily reports: what a local day was like, and the rows that keep it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    BigInteger,
    Boolean,
    func,
    literal,
    literal_column,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, insert

from api.attendance_reports.errors import ReportNotFound
from api.kit.pagination import PageRequest
from api.kit.repository import Repository
from core.closed_days import count_back
from db.base import AnyRow
from db.models import WINDOW_DAYS, AttendanceReport, Member, VisitHour
from db.stats.risk_rule import read_risk_rule

HOURS = 24
_MARGIN = timedelta(hours=3)
"""More than any change of clocks: the index finds slightly more than the day."""

_HOURS = text(
    """
with visits as materialized (
  select a.customer_id, extract(hour from a.check_in at time zone :timezone)::int as hour,
         c.standing in ('staff', 'guest') as is_no_member
  from attendance a
  join customers c on c.gym_id = a.gym_id and c.customer_id = a.customer_id
  where a.gym_id = :gym_id and a.check_in >= :since and a.check_in < :until
    and (a.check_in at time zone :timezone)::date = :day
)
select hour, count(*) as visits,
       (select count(distinct customer_id) from visits where not is_no_member) as members
from visits
group by hour
"""
)

# The rule of `db.stats.at_risk.is_absent` on the morning of the day: nothing from the day on is
# read. Members are looked up by index, and half a year of days only of those away long enough.
_ARRIVALS = text(
    f"""
with came as materialized (
  select a.customer_id, min(a.check_in) as came_at
  from attendance a
  join customers c on c.gym_id = a.gym_id and c.customer_id = a.customer_id
    and c.standing not in ('staff', 'guest')
  where a.gym_id = :gym_id and a.check_in >= :since and a.check_in < :until
    and (a.check_in at time zone :timezone)::date = :day
  group by 1
), known as materialized (
  select came.customer_id, came.came_at, newest.day as last_day,
         cast(:day as date) - greatest(newest.day, rested.until)
           - (cast(:closed as integer[]))[
               1 + least(cast(:day as date) - greatest(newest.day, rested.until), :furthest)
             ] as days_away
  from came
  left join lateral (
    select (a.check_in at time zone :timezone)::date as day
    from attendance a
    where a.gym_id = :gym_id and a.customer_id = came.customer_id and a.check_in < came.came_at
    order by a.check_in desc
    limit 1
  ) newest on true
  cross join lateral (
    select max(least(f.ends_on, cast(:day as date))) as until
    from membership_freezes f
    where f.gym_id = :gym_id and f.customer_id = came.customer_id
      and f.starts_on <= cast(:day as date)
  ) rested
)
select customer_id as member_id, null as days_away from known where last_day is null
union all
select k.customer_id, k.days_away
from known k
cross join lateral (
  select usual_gap(bit_or(set_bit(B'{"0" * WINDOW_DAYS}', k.last_day - d.day, 1))) as days
  from (
    select (a.check_in at time zone :timezone)::date as day
    from attendance a
    where a.gym_id = :gym_id and a.customer_id = k.customer_id and a.check_in < k.came_at
      and a.check_in >= (k.last_day - {WINDOW_DAYS})::timestamptz
  ) d
  where k.last_day - d.day < {WINDOW_DAYS}
) gap
where k.last_day is not null and k.days_away > :absence_days
  and k.days_away > :absence_gaps * coalesce(gap.days, 0)
"""
)


@dataclass(frozen=True)
class Day:
    """What a local day was like. `hours` are entries by local hour, an hour that came twice once.

    `returned` are members and the days they had been away.
    """

    hours: list[int]
    unique_members: int
    first_timer_ids: list[int]
    returned: dict[int, int]


class ReportRepository(Repository[AttendanceReport]):
    """Daily reports of one gym, each identified by its day."""

    model = AttendanceReport
    not_found = ReportNotFound

    def key(self) -> Any:
        return AttendanceReport.day

    def measure(self, day: date, timezone: str) -> Day:
        """Look at the visits of the local day, and at what was before it."""
        zone = ZoneInfo(timezone)
        rule = read_risk_rule(self.session, self.gym_id, day)
        closed = count_back(rule.closed, day)
        values: dict[str, Any] = {
            "gym_id": self.gym_id,
            "closed": closed,
            "furthest": len(closed) - 1,
            "absence_days": rule.absence_days,
            "absence_gaps": rule.absence_gaps,
            "timezone": timezone,
            "day": day,
            "since": datetime.combine(day, time(), zone) - _MARGIN,
            "until": datetime.combine(day + timedelta(days=1), time(), zone) + _MARGIN,
        }
        hours, members = [0] * HOURS, 0
        for row in self.session.execute(_HOURS, values):
            hours[row.hour], members = row.visits, row.members
        arrivals = self.session.execute(_ARRIVALS, values).all()
        return Day(
            hours=hours,
            unique_members=members,
            first_timer_ids=sorted(row.member_id for row in arrivals if row.days_away is None),
            returned={
                row.member_id: row.days_away for row in arrivals if row.days_away is not None
            },
        )

    def take(self, day: date) -> tuple[AttendanceReport, bool]:
        """The day's row, made if it is not there, and held until the transaction ends.

        Also returns whether it is new. Another computation of the day waits, and then sees this
        one's result.
        """
        report_id, is_new = self.session.execute(
            insert(AttendanceReport)
            .values(gym_id=self.gym_id, day=day, **_NOTHING)
            .on_conflict_do_update(index_elements=["gym_id", "day"], set_={"day": day})
            .returning(AttendanceReport.report_id, literal_column("xmax = 0", Boolean))
        ).one()
        report = self.session.scalars(
            select(AttendanceReport)
            .where(self.is_own(), AttendanceReport.report_id == report_id)
            .execution_options(populate_existing=True)
        ).one()
        return report, is_new

    def list_page(
        self, page: PageRequest, *, since: date | None, until: date | None
    ) -> tuple[Sequence[AttendanceReport], int]:
        """Newest first; both days are included."""
        where = []
        if since is not None:
            where.append(AttendanceReport.day >= since)
        if until is not None:
            where.append(AttendanceReport.day <= until)
        return self.paginate(page, *where, order=[AttendanceReport.day.desc()])

    def hours_now(self, days: Iterable[date]) -> dict[date, list[int]]:
        """Entries by hour as they are stored now, to find reports that are outdated."""
        found: dict[date, list[int]] = {day: [0] * HOURS for day in days}
        rows = self.session.execute(
            select(VisitHour.day, VisitHour.hour, func.sum(VisitHour.visits))
            .where(VisitHour.in_gym(self.gym_id), VisitHour.day.in_(found))
            .group_by(VisitHour.day, VisitHour.hour)
        )
        for day, hour, visits in rows:
            found[day][hour] = int(visits)
        return found

    def list_names(self, member_ids: Sequence[int]) -> Sequence[AnyRow]:
        """`member_id` and `name`, by name."""
        return self.session.execute(
            select(Member.member_id, Member.name)
            .where(
                Member.in_gym(self.gym_id),
                Member.member_id == func.any(literal(member_ids, ARRAY(BigInteger))),
            )
            .order_by(Member.name_key, Member.member_id)
        ).all()


_NOTHING = {"visits": 0, "unique_members": 0, "first_timers": 0, "returned": 0}
