"""Keep `member_stats` true: one statement computes it from the tables it sums up.

The same statement serves one member in the transaction of a check-in, a batch after an import,
and a rebuild of a whole gym, so an incremental figure cannot drift from the rebuilt one.
"""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.models.member_stats import WINDOW_DAYS

_ZERO = f"B'{'0' * WINDOW_DAYS}'"

# Each member is looked up by index (LATERAL): a plan of joins goes wrong by orders of magnitude on
# rows written in the same transaction, which PostgreSQL has no statistics of yet.
# Ids are cast to the column's own type: with another one, PostgreSQL compares each row with each id
# of the list instead of hashing it.
_REFRESH = text(
    f"""
insert into member_stats as s (
  gym_id, customer_id, join_date, visits, first_visit_on, last_visit_on, last_check_in,
  last_check_out, visited_days, covered, frozen, is_cancelled, yearly_value, orders, spend,
  timed_visits, minutes_inside, is_counted)
select c.gym_id, c.customer_id, c.join_date, coalesce(v.visits, 0), v.first_day, v.last_day,
       v.newest,
       (select a.check_out from attendance a
        where a.gym_id = c.gym_id and a.customer_id = c.customer_id and a.check_in = v.newest),
       coalesce(v.visited_days, {_ZERO}), k.covered, r.frozen, coalesce(k.is_cancelled, false),
       k.price, m.orders, coalesce(m.spend, 0),
       coalesce(v.timed_visits, 0), coalesce(v.minutes_inside, 0), c.standing = 'member'
from customers c
join gyms g using (gym_id)
cross join lateral (
  select sum(d.visits) as visits, sum(d.timed) as timed_visits,
         (extract(epoch from sum(d.inside)) / 60)::bigint as minutes_inside,
         min(d.day) as first_day, max(d.day) as last_day,
         max(d.newest) as newest,
         bit_or(set_bit({_ZERO}, least(d.last_day - d.day, {WINDOW_DAYS - 1}), 1))
           filter (where d.last_day - d.day < {WINDOW_DAYS}) as visited_days
  from (
    select local.day, count(*) as visits, max(local.check_in) as newest,
           count(local.check_out) as timed,
           sum(local.check_out - local.check_in) as inside,
           max(local.day) over () as last_day
    from (
      select (a.check_in at time zone coalesce(:timezone, g.timezone))::date as day,
             a.check_in, a.check_out
      from attendance a
      where a.gym_id = c.gym_id and a.customer_id = c.customer_id
    ) local
    group by local.day
  ) d
) v
cross join lateral (
  select range_agg(daterange(m.starts_on, m.ends_on, '[]')) as covered,
         (array_agg(m.yearly_price order by m.starts_on desc, m.membership_id desc))[1] as price,
         (array_agg(m.cancelled_on is not null
                    order by m.starts_on desc, m.membership_id desc))[1] as is_cancelled
  from memberships m
  where m.gym_id = c.gym_id and m.customer_id = c.customer_id
) k
cross join lateral (
  select range_agg(daterange(f.starts_on, f.ends_on, '[]')) as frozen
  from membership_freezes f
  where f.gym_id = c.gym_id and f.customer_id = c.customer_id
) r
cross join lateral (
  select sum(t.amount) as spend,
         count(*) filter (where t.kind = 'payment')
           - count(*) filter (where undone.kind = 'payment') as orders
  from transactions t
  left join transactions undone
    on undone.gym_id = t.gym_id and undone.transaction_id = t.reverses_id
  where t.gym_id = c.gym_id and t.customer_id = c.customer_id
) m
where c.gym_id = :gym_id
  and (cast(:member_ids as bigint[]) is null or c.customer_id = any(cast(:member_ids as bigint[])))
on conflict (gym_id, customer_id) do update set
  join_date = excluded.join_date, is_counted = excluded.is_counted, visits = excluded.visits,
  first_visit_on = excluded.first_visit_on, last_visit_on = excluded.last_visit_on,
  last_check_in = excluded.last_check_in, last_check_out = excluded.last_check_out,
  visited_days = excluded.visited_days, covered = excluded.covered, frozen = excluded.frozen,
  is_cancelled = excluded.is_cancelled, yearly_value = excluded.yearly_value,
  orders = excluded.orders, spend = excluded.spend,
  timed_visits = excluded.timed_visits, minutes_inside = excluded.minutes_inside,
  churn_probability = case when excluded.visits = s.visits then s.churn_probability end,
  churn_scored_on = case when excluded.visits = s.visits then s.churn_scored_on end
"""
)

# Shared, and taken before the rows: writers of visits stay out of each other's way, and all of them
# out of the way of `lock_days`.
_DAYS = "hashtextextended('days of ' || :gym_id, 0)"
_LOCK = text(
    f"""
select s.customer_id
from (select pg_advisory_xact_lock_shared({_DAYS}) offset 0) days, member_stats s
where s.gym_id = :gym_id and s.customer_id = any(cast(:member_ids as bigint[]))
order by s.customer_id
for update of s
"""
)
_LOCK_DAYS = text(f"select pg_advisory_xact_lock({_DAYS})")


def refresh_member_stats(
    session: Session,
    gym_id: int,
    member_ids: Iterable[int] | None = None,
    *,
    timezone: str | None = None,
) -> None:
    """Recompute the rows of some members, or of the whole gym, inside the caller's transaction.

    Call it after the last write to their visits, memberships, freezes and ledger lines. Writers
    take `lock_member_stats` first, so that two of them cannot each miss the other's rows.

    A churn score is dropped when the number of visits changes, on whatever day the visit was: the
    model had not seen it. Days are those of `timezone`, or of the gym's own.
    """
    ids = None if member_ids is None else sorted(set(member_ids))
    if ids == []:
        return
    session.flush()
    session.execute(_REFRESH, {"gym_id": gym_id, "member_ids": ids, "timezone": timezone})


def lock_member_stats(session: Session, gym_id: int, member_ids: Iterable[int]) -> set[int]:
    """Make other writers of these members wait until this transaction ends.

    Returns the members found.
    """
    rows = session.execute(_LOCK, {"gym_id": gym_id, "member_ids": sorted(set(member_ids))})
    return set(rows.scalars())


def lock_days(session: Session, gym_id: int) -> None:
    """Wait for everybody who is writing visits of the gym, and make others wait until this
    transaction ends. Gives up soon while an import writes: check-ins would wait behind both."""
    session.execute(text("set local lock_timeout = '3s'"))
    session.execute(_LOCK_DAYS, {"gym_id": gym_id})


def count_visited_days(
    visited_days: str, last_visit_on: date | None, day: date, *, days: int, ago: int = 0
) -> int:
    """Count the visited days among the `days` days that end `ago` days before `day`, inclusive."""
    if last_visit_on is None:
        return 0
    away = (day - last_visit_on).days
    start, end = ago - away, ago - away + days
    return visited_days[max(start, 0) : max(end, 0)].count("1")


def read_weekly_days(
    visited_days: str, last_visit_on: date | None, day: date, *, weeks: int = 12
) -> list[int]:
    """Visited days in each of the last `weeks` weeks up to `day`, oldest week first."""
    days = str(visited_days)  # plain text: the driver's bit string copies itself at each slice
    return [
        count_visited_days(days, last_visit_on, day, days=7, ago=7 * week)
        for week in reversed(range(weeks))
    ]
