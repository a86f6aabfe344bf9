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

_REFRESH = text(
    f"""
with chosen as (
  select c.customer_id, c.join_date, g.timezone
  from customers c join gyms g using (gym_id)
  where c.gym_id = :gym_id
    and (cast(:member_ids as bigint[]) is null or c.customer_id = any(:member_ids))
),
days as (
  select a.customer_id, (a.check_in at time zone c.timezone)::date as day,
         count(*) as visits, max(a.check_in) as newest
  from attendance a join chosen c using (customer_id)
  where a.gym_id = :gym_id
  group by 1, 2
),
totals as (
  select customer_id, sum(visits) as visits, min(day) as first_day, max(day) as last_day,
         max(newest) as newest
  from days group by 1
),
bits as (
  select d.customer_id, bit_or(set_bit({_ZERO}, t.last_day - d.day, 1)) as visited_days
  from days d join totals t using (customer_id)
  where t.last_day - d.day < {WINDOW_DAYS}
  group by 1
),
contracts as (
  select m.customer_id,
         range_agg(daterange(m.starts_on, m.ends_on, '[]')) as covered,
         (array_agg(m.yearly_price order by m.starts_on desc, m.membership_id desc))[1] as price,
         (array_agg(m.cancelled_on is not null
                    order by m.starts_on desc, m.membership_id desc))[1] as is_cancelled
  from memberships m join chosen c using (customer_id)
  where m.gym_id = :gym_id
  group by 1
),
rests as (
  select f.customer_id, range_agg(daterange(f.starts_on, f.ends_on, '[]')) as frozen
  from membership_freezes f join chosen c using (customer_id)
  where f.gym_id = :gym_id
  group by 1
),
money as (
  select t.customer_id, sum(t.amount) as spend,
         count(*) filter (where t.kind = 'payment')
           - count(*) filter (where undone.kind = 'payment') as orders
  from transactions t
  join chosen c using (customer_id)
  left join transactions undone
    on undone.gym_id = t.gym_id and undone.transaction_id = t.reverses_id
  where t.gym_id = :gym_id
  group by 1
)
insert into member_stats as s (
  gym_id, customer_id, join_date, visits, first_visit_on, last_visit_on, last_check_in,
  last_check_out, visited_days, covered, frozen, is_cancelled, yearly_value, orders, spend)
select :gym_id, c.customer_id, c.join_date, coalesce(t.visits, 0), t.first_day, t.last_day,
       t.newest, newest.check_out, coalesce(b.visited_days, {_ZERO}), k.covered, r.frozen,
       coalesce(k.is_cancelled, false), k.price, coalesce(m.orders, 0), coalesce(m.spend, 0)
from chosen c
left join totals t using (customer_id)
left join bits b using (customer_id)
left join contracts k using (customer_id)
left join rests r using (customer_id)
left join money m using (customer_id)
left join attendance newest
  on newest.gym_id = :gym_id and newest.customer_id = c.customer_id
     and newest.check_in = t.newest
on conflict (gym_id, customer_id) do update set
  join_date = excluded.join_date, visits = excluded.visits,
  first_visit_on = excluded.first_visit_on, last_visit_on = excluded.last_visit_on,
  last_check_in = excluded.last_check_in, last_check_out = excluded.last_check_out,
  visited_days = excluded.visited_days, covered = excluded.covered, frozen = excluded.frozen,
  is_cancelled = excluded.is_cancelled, yearly_value = excluded.yearly_value,
  orders = excluded.orders, spend = excluded.spend
"""
)

_LOCK = text(
    "select customer_id from member_stats"
    " where gym_id = :gym_id and customer_id = any(:member_ids)"
    " order by customer_id for update"
)


def refresh_member_stats(
    session: Session, gym_id: int, member_ids: Iterable[int] | None = None
) -> None:
    """Recompute the rows of some members, or of the whole gym, inside the caller's transaction.

    Call it after the last write to their visits, memberships, freezes and ledger lines. Writers
    take `lock_member_stats` first, so that two of them cannot each miss the other's rows.
    """
    ids = None if member_ids is None else sorted(set(member_ids))
    if ids == []:
        return
    session.flush()
    session.execute(_REFRESH, {"gym_id": gym_id, "member_ids": ids})


def lock_member_stats(session: Session, gym_id: int, member_ids: Iterable[int]) -> set[int]:
    """Make other writers of these members wait until this transaction ends.

    Answers the members found, those that the gym does not have are missing from it.
    """
    rows = session.execute(_LOCK, {"gym_id": gym_id, "member_ids": sorted(set(member_ids))})
    return set(rows.scalars())


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
    return [
        count_visited_days(visited_days, last_visit_on, day, days=7, ago=7 * week)
        for week in reversed(range(weeks))
    ]
