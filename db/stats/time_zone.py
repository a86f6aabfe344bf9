"""A gym's time zone, and all that is stored by its local days and hours: they change together.

Visits are instants. How many there were on a day and in an hour is stored, and so is on which days
each member came. A check-in waits until the change has committed, and then uses the new time zone;
until then every figure is that of the old one.
"""

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.stats.member_stats import lock_days, refresh_member_stats
from db.stats.visit_hours import rebuild_visit_hours

_FIND_MOVED = text(
    """
select distinct a.customer_id
from attendance a join gyms g using (gym_id)
where a.gym_id = :gym_id
  and (a.check_in at time zone g.timezone)::date <> (a.check_in at time zone :timezone)::date
"""
)


def recount_days(session: Session, gym_id: int, timezone: str) -> int:
    """Store what is counted by days as it is in `timezone`; return how many members changed.

    The caller sets the gym's time zone in the same transaction, after this: whoever locks
    members and the gym's own row locks the members first.
    """
    lock_days(session, gym_id)
    moved = session.scalars(_FIND_MOVED, {"gym_id": gym_id, "timezone": timezone}).all()
    rebuild_visit_hours(session, gym_id, timezone=timezone)
    refresh_member_stats(session, gym_id, moved, timezone=timezone)
    return len(moved)
