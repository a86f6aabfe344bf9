"""Load visits: unknown numbers become members, double taps are one visit, repeats change nothing.

A visit begins where a member's tap comes more than `DOUBLE_SCAN` after all their earlier ones,
stored ones included, and after every known exit. All taps up to the next such gap are that visit.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import text
from sqlalchemy.orm import Session

from core.text import fold
from core.translation import Sentence
from db.loading.copying import copy_rows
from db.member_words import refresh_member_words
from db.models import Gym
from db.planning import plan_for_many
from db.stats.member_changes import MemberChanges, changing_members
from db.stats.visit_hours import DOUBLE_SCAN


class Counts(NamedTuple):
    """Of the rows read: `loaded` + `duplicates` + `unchanged` is all of them."""

    rows: int
    loaded: int
    duplicates: int
    unchanged: int
    notes: tuple[Sentence, ...] = ()


class Written(NamedTuple):
    """What taps came to: new visits, and taps that were stored already."""

    taps: int
    visits: int
    unchanged: int


_COLUMNS = "line int, number text, check_in timestamptz, check_out timestamptz, method text"

_FIND_UNKNOWN = text(
    """
select v.number, (min(v.check_in) at time zone :timezone)::date as join_date
from incoming_visits v
left join customers c on c.gym_id = :gym_id and c.number = v.number
where c.customer_id is null
group by v.number
order by min(v.check_in), v.number
"""
)
_MAKE_MEMBERS = text(
    """
insert into customers (gym_id, number, name, name_key, join_date, import_id)
select :gym_id, number, 'Member ' || number, name_key, join_date, :import_id
from new_members
order by line
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
select coalesce(c.merged_into, c.customer_id) as customer_id, c.number
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

# Stored visits are looked up member by member, by nothing but their key: PostgreSQL has no
# statistics of rows that were just written, and has read the gym's whole history again for each
# member. Of two taps at the same instant the label that sorts first counts: the order of rows must
# not.
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
insert into attendance (gym_id, customer_id, check_in, check_out, method, import_id, location_id)
select :gym_id, customer_id, check_in, check_out, method, :import_id,
       (select only_location(:gym_id))
from incoming_groups where not is_known
order by check_in, customer_id
"""
)
_NEW_VISITS = "select check_in from incoming_groups where not is_known"
_COUNT = text(
    """
select (select count(*) from incoming_taps) as taps, count(*) filter (where not is_known) as visits,
       coalesce(sum(repeated), 0)::bigint as unchanged,
       array_agg(distinct customer_id) filter (where not is_known) as touched
from incoming_groups
"""
)


def load_visits(
    session: Session, gym: Gym, import_id: int, rows: Iterable[Sequence[object]], *, now: datetime
) -> Counts:
    """Write the visits of `rows`; see `core.importing.rows.VisitRow` for what a row is."""
    in_gym = {"gym_id": gym.gym_id}
    place = in_gym | {"import_id": import_id, "timezone": gym.timezone}
    read = copy_rows(session, "incoming_visits", _COLUMNS, rows)
    with changing_members(session, gym, [], now=now) as changes:
        made = _make_members(session, gym.gym_id, place)
        session.execute(
            text("drop table if exists pg_temp.incoming_numbers, pg_temp.incoming_taps")
        )
        session.execute(_FIND_NUMBERS, in_gym)
        session.execute(text("analyze pg_temp.incoming_numbers"))
        members = session.execute(text("select customer_id from incoming_numbers")).scalars().all()
        # Whoever records a visit of one of them at a door meanwhile waits, and then sees ours.
        changes.hold(members)
        earlier = set(
            session.execute(
                _JOIN_EARLIER, {"gym_id": gym.gym_id, "timezone": gym.timezone}
            ).scalars()
        )
        session.execute(_COLLECT_TAPS)
        written = write_visits(
            session,
            gym.gym_id,
            changes,
            members=len(members),
            import_id=import_id,
            changed=made | earlier,
        )
    return Counts(
        read, written.visits, read - written.visits - written.unchanged, written.unchanged
    )


def _make_members(session: Session, gym_id: int, place: dict[str, Any]) -> set[int]:
    """Make the members whose numbers the gym does not know; return their ids."""
    unknown = session.execute(_FIND_UNKNOWN, place).all()
    copy_rows(
        session,
        "new_members",
        'line int, number text, name_key text collate "C", join_date date',
        (
            (line, row.number, fold(f"Member {row.number}"), row.join_date)
            for line, row in enumerate(unknown)
        ),
    )
    made = set(session.execute(_MAKE_MEMBERS, place).scalars())
    refresh_member_words(session, gym_id, made)
    return made


def write_visits(
    session: Session,
    gym_id: int,
    changes: MemberChanges,
    *,
    members: int,
    import_id: int | None = None,
    changed: Iterable[int] = (),
) -> Written:
    """Write the visits that the taps of the temporary table `incoming_taps` are, in a block that
    holds these `members` (how many they are). `changed` are those whom the block changed before.

    The table's columns are customer_id, line, check_in, check_out, method.
    """
    place = {"gym_id": gym_id, "import_id": import_id}
    session.execute(text("analyze pg_temp.incoming_taps"))
    session.execute(text("drop table if exists pg_temp.incoming_groups"))
    with plan_for_many(session, members):
        session.execute(_GROUP_TAPS, {"gym_id": gym_id, "double_scan": DOUBLE_SCAN})
    session.execute(_WRITE, place)
    count = session.execute(_COUNT).one()
    changes.only({*changed, *(count.touched or ())})
    changes.count_visits(_NEW_VISITS)
    return Written(count.taps, count.visits, count.unchanged)
