"""Load visits: unknown numbers become members, double taps are one visit, repeats change nothing.

A visit begins where a member's tap comes more than `DOUBLE_SCAN` after all their earlier ones,
stored ones included, and after every known exit. All taps up to the next such gap are that visit.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.loading.copying import copy_rows
from db.loading.planning import plan_for_many
from db.member_stats import lock_member_stats, refresh_member_stats
from db.visits import DOUBLE_SCAN


class Counts(NamedTuple):
    """Of the rows read: `loaded` + `duplicates` + `unchanged` is all of them."""

    rows: int
    loaded: int
    duplicates: int
    unchanged: int
    notes: tuple[str, ...] = ()


class Written(NamedTuple):
    """What taps came to: new visits, taps that were stored already, members with a new visit."""

    visits: int
    unchanged: int
    touched: set[int]


_COLUMNS = "line int, number text, check_in timestamptz, check_out timestamptz, method text"

_MAKE_MEMBERS = text(
    """
insert into customers (gym_id, number, name, join_date, import_id)
select :gym_id, v.number, 'Member ' || v.number,
       (min(v.check_in) at time zone :timezone)::date, :import_id
from incoming_visits v
left join customers c on c.gym_id = :gym_id and c.number = v.number
where c.customer_id is null
group by v.number
order by min(v.check_in), v.number
on conflict (gym_id, number) where number is not null do nothing
returning customer_id
"""
)

# A file without join dates left a guess behind; an earlier visit is better evidence than it.
_JOIN_EARLIER = text(
    """
update customers c set join_date = first.day, updated_at = now()
from (
  select t.customer_id, (min(v.check_in) at time zone :timezone)::date as day
  from incoming_visits v join incoming_numbers t using (number)
  group by t.customer_id
) first, imports i
where c.gym_id = :gym_id and c.customer_id = first.customer_id and first.day < c.join_date
  and i.gym_id = :gym_id and i.import_id = c.import_id and not i.mapping ? 'join_date'
returning c.customer_id
"""
)

_FIND_NUMBERS = text(
    """
create temporary table incoming_numbers on commit drop as
select c.customer_id, c.number
from (select distinct number from incoming_visits) v
join customers c on c.gym_id = :gym_id and c.number = v.number
"""
)

_COLLECT_TAPS = text(
    """
create temporary table incoming_taps on commit drop as
select t.customer_id, v.line, v.check_in, v.check_out, v.method
from incoming_visits v join incoming_numbers t using (number)
"""
)

# Stored visits are looked up member by member, by nothing but their key: PostgreSQL knows little of
# rows that were just written, and once read the gym's whole history anew for each member.
# Of two taps at the same instant the label that sorts first counts: the order of rows must not.
_GROUP_TAPS = text(
    """
create temporary table incoming_groups on commit drop as
with span as (
  select min(check_in) - interval '1 day' as earliest, max(check_in) + interval '1 day' as latest
  from incoming_taps
),
taps as (
  select customer_id, check_in, check_out, method, line from incoming_taps
  union all
  select t.customer_id, a.check_in, a.check_out, null, 0
  from (select distinct customer_id from incoming_taps) t, span, lateral (
    select check_in, check_out from attendance
    where gym_id = :gym_id and customer_id = t.customer_id
    order by gym_id, customer_id, check_in
    offset 0
  ) a
  where a.check_in between span.earliest and span.latest
),
marked as (
  select taps.*,
         coalesce(check_in > max(greatest(check_in + :double_scan, check_out)) over (
           earlier rows between unbounded preceding and 1 preceding), true) as is_first,
         line > 0 and lag(line) over earlier = 0 and lag(check_in) over earlier = check_in
           as is_repeated
  from taps
  window earlier as (partition by customer_id order by check_in, line > 0, method, line)
),
numbered as (
  select marked.*,
         count(*) filter (where is_first) over (
           partition by customer_id order by check_in, line > 0, method, line
           rows unbounded preceding) as visit
  from marked
)
select customer_id, min(check_in) as check_in, max(check_out) as check_out,
       max(method) filter (where is_first) as method,
       bool_or(line = 0) as is_known,
       count(*) filter (where is_repeated) as repeated
from numbered
group by customer_id, visit
"""
)

_WRITE = text(
    """
with written as (
  insert into attendance (gym_id, customer_id, check_in, check_out, method, import_id)
  select :gym_id, customer_id, check_in, check_out, method, :import_id
  from incoming_groups where not is_known
  order by check_in, customer_id
  returning check_in
),
hours as (
  insert into visit_hours as h (gym_id, day, hour, visits)
  select :gym_id, (check_in at time zone g.timezone)::date,
         extract(hour from check_in at time zone g.timezone)::int, count(*)
  from written join gyms g on g.gym_id = :gym_id
  group by 2, 3
  order by 2, 3
  on conflict (gym_id, day, hour) do update set visits = h.visits + excluded.visits
)
select count(*) from written
"""
)


def load_visits(
    session: Session,
    gym_id: int,
    import_id: int,
    timezone: str,
    rows: Iterable[Sequence[object]],
) -> Counts:
    """Write the visits of `rows`; see `etl.importing.rows.VisitRow` for what a row is."""
    gym = {"gym_id": gym_id}
    place = gym | {"import_id": import_id, "timezone": timezone}
    read = copy_rows(session, "incoming_visits", _COLUMNS, rows)
    made = set(session.execute(_MAKE_MEMBERS, place).scalars())
    session.execute(text("drop table if exists pg_temp.incoming_numbers, pg_temp.incoming_taps"))
    session.execute(_FIND_NUMBERS, gym)
    session.execute(text("analyze pg_temp.incoming_numbers"))
    members = session.execute(text("select customer_id from incoming_numbers")).scalars().all()
    # Whoever records a visit of one of them at a door meanwhile waits, and then sees ours.
    lock_member_stats(session, gym_id, members)
    earlier = set(
        session.execute(_JOIN_EARLIER, {"gym_id": gym_id, "timezone": timezone}).scalars()
    )
    session.execute(_COLLECT_TAPS)
    written = write_visits(session, gym_id, len(members), import_id=import_id)
    refresh_member_stats(session, gym_id, made | earlier | written.touched)
    return Counts(
        read, written.visits, read - written.visits - written.unchanged, written.unchanged
    )


def write_visits(
    session: Session, gym_id: int, members: int, *, import_id: int | None = None
) -> Written:
    """Write the visits that the taps of the temporary table `incoming_taps` are; count their hours.

    Its columns are customer_id, line, check_in, check_out, method. The caller holds the lock of
    these `members` (how many they are), and refreshes the statistics of those who are `touched`.
    """
    gym = {"gym_id": gym_id}
    session.execute(text("analyze pg_temp.incoming_taps"))
    session.execute(text("drop table if exists pg_temp.incoming_groups"))
    with plan_for_many(session, members):
        session.execute(_GROUP_TAPS, gym | {"double_scan": DOUBLE_SCAN})
    visits = session.execute(_WRITE, gym | {"import_id": import_id}).scalar_one()
    touched = session.execute(
        text("select distinct customer_id from incoming_groups where not is_known")
    ).scalars()
    unchanged = session.execute(
        text("select coalesce(sum(repeated), 0)::bigint from incoming_groups")
    ).scalar_one()
    return Written(visits, unchanged, set(touched))
