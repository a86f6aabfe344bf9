"""What has happened at a gym's doors, as often asked for as somebody watches."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from api.check_ins.entries import ACCESS
from api.check_ins.live.schemas import Visit
from api.check_ins.schemas import CheckInItem
from core.access import decide
from db.models import CheckIn

MOST_TOLD = 500
"""Visits told at once: who has missed more asks for the list instead."""
RECENT = timedelta(hours=1)
"""A visit that began longer ago was written down later, and is no news."""

_VISITS = text(
    """
select a.attendance_id as check_in_id, a.customer_id as member_id, c.name as member_name,
  a.check_in, a.check_out, a.method, a.location_id, a.let_in_because as override_reason, g.timezone,
  read_access(a.gym_id, a.customer_id, a.location_id, a.check_in, d.day, a.attendance_id) as access,
  jsonb_build_object(
    'day', d.day, 'birth_date', c.birth_date,
    'last_visit_on', (
      select (max(p.check_in) at time zone g.timezone)::date from attendance p
      where p.gym_id = a.gym_id and p.customer_id = a.customer_id and p.check_in < a.check_in),
    'covered_until', (
      select upper(period) - 1 from unnest(s.covered) period where period @> d.day)) as arrival
from attendance a
join gyms g on g.gym_id = a.gym_id
join customers c on c.gym_id = a.gym_id and c.customer_id = a.customer_id
join member_stats s on s.gym_id = a.gym_id and s.customer_id = a.customer_id
cross join lateral (select (a.check_in at time zone g.timezone)::date as day) d
where a.gym_id = :gym_id and a.attendance_id > :after and a.check_in > :since
order by a.attendance_id limit :most
"""
)
_VERSIONS = text("select gym_id, version from visit_versions(:gym_ids)")


def read_versions(session: Session, gym_ids: Iterable[int]) -> Mapping[int, Decimal]:
    """Of the visits of several gyms, by one question: what has not moved on has no news."""
    rows = session.execute(_VERSIONS, {"gym_ids": list(gym_ids)})
    return {row.gym_id: row.version for row in rows}


def list_visits(session: Session, gym_id: int, *, after: int, now: datetime) -> list[Visit]:
    """Those that began within the last hour and were recorded after another one, oldest first;
    one more than `MOST_TOLD` at most."""
    rows = session.execute(
        _VISITS,
        {"gym_id": gym_id, "after": after, "since": now - RECENT, "most": MOST_TOLD + 1},
    )
    return [
        Visit(
            item=CheckInItem.model_validate(row),
            decision=decide(ACCESS.validate_python(row.access), row.check_in, row.timezone),
            arrival=row.arrival,
        )
        for row in rows
    ]


def find_newest(session: Session, gym_id: int) -> int:
    newest = session.scalar(select(func.max(CheckIn.check_in_id)).where(CheckIn.gym_id == gym_id))
    return newest or 0
