from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import func, select, text

from api.check_ins.repository import is_inside
from api.kit.repository import GymQueries
from db.base import AnyRow
from db.models import CheckIn, Location

# The plan of a visit is that of the pack it was taken from, else of the membership that covers its
# local day; only where several may do so (`may_overlap`) each visit is looked at.
_COUNT = text(
    """
with visits as (
  select a.customer_id, a.location_id, extract(hour from local.moment)::int as hour,
         extract(isodow from local.moment)::int - 1 as weekday,
         coalesce(pack.package_id, held.package_id, (
           select m.package_id from memberships m
           where m.gym_id = a.gym_id and m.customer_id = a.customer_id
             and m.starts_on <= local.moment::date
             and (m.ends_on is null or m.ends_on >= local.moment::date)
           order by m.starts_on desc, m.membership_id desc limit 1)) as plan_id
  from attendance a
  join customers c on c.gym_id = a.gym_id and c.customer_id = a.customer_id
    and c.standing not in ('staff', 'guest')
  cross join lateral (select a.check_in at time zone :timezone as moment) local
  left join memberships pack on pack.gym_id = a.gym_id and pack.membership_id = a.pack_id
  left join memberships held
    on held.gym_id = a.gym_id and held.customer_id = a.customer_id and not held.may_overlap
    and held.starts_on <= local.moment::date
    and (held.ends_on is null or held.ends_on >= local.moment::date)
  where a.gym_id = :gym_id and a.check_in >= :since and a.check_in < :until
    and (cast(:location_id as bigint) is null or a.location_id = :location_id)
)
select counted.*, p.name as plan_name, l.name as location_name
from (
  select case
           when grouping(hour) = 0 then 'hour'
           when grouping(weekday) = 0 then 'weekday'
           when grouping(plan_id) = 0 then 'plan'
           when grouping(location_id) = 0 then 'location'
           else 'all'
         end as counted_by,
         hour, weekday, plan_id, location_id,
         count(*) as visits, count(distinct customer_id) as members
  from visits where cast(:plan_id as bigint) is null or plan_id = :plan_id
  group by grouping sets ((hour), (weekday), (plan_id), (location_id), ())
) counted
left join packages p on p.gym_id = :gym_id and p.package_id = counted.plan_id
left join locations l on l.gym_id = :gym_id and l.location_id = counted.location_id
order by counted.visits desc, counted.plan_id, counted.location_id
"""
)
_DAYS = text(
    """
select (check_in at time zone :timezone)::date as day, count(*) as visits from attendance
where gym_id = :gym_id and customer_id = :member_id group by 1 order by 1
"""
)


class VisitStatisticsRepository(GymQueries):
    """Visits of one gym, counted."""

    def count_inside(self, moment: datetime) -> Sequence[AnyRow]:
        """By location in use, in order of their names. What has no `location_id` are visits to
        others, and those of which nobody said where."""
        visits = (
            select(CheckIn.location_id, func.count().label("inside"))
            .where(CheckIn.in_gym(self.gym_id), is_inside(moment))
            .group_by(CheckIn.location_id)
            .subquery()
        )
        used = (
            select(Location.location_id, Location.name, Location.name_key, Location.capacity)
            .where(Location.in_gym(self.gym_id), Location.is_active.is_(True))
            .subquery()
        )
        inside = func.coalesce(visits.c.inside, 0).label("inside")
        is_there = visits.c.location_id == used.c.location_id
        return self.session.execute(
            select(used.c.location_id, used.c.name, used.c.capacity, inside)
            .select_from(used.join(visits, is_there, full=True))
            .order_by(used.c.name_key)
        ).all()

    def count_visits(
        self,
        *,
        since: datetime,
        until: datetime,
        timezone: str,
        location_id: int | None,
        plan_id: int | None,
    ) -> Sequence[AnyRow]:
        """Rows of `counted_by`: hour, weekday, plan, location, and one of all."""
        asked: dict[str, Any] = {
            "gym_id": self.gym_id,
            "since": since,
            "until": until,
            "timezone": timezone,
            "location_id": location_id,
            "plan_id": plan_id,
        }
        return self.session.execute(_COUNT, asked).all()

    def count_days(self, member_id: int, timezone: str) -> dict[date, int]:
        """Visits on each local day of a member, in order."""
        asked = {"gym_id": self.gym_id, "member_id": member_id, "timezone": timezone}
        return {row.day: row.visits for row in self.session.execute(_DAYS, asked)}
