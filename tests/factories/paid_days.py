"""The checksum of paid days: the database counts them itself, beside what the terms pay for."""

from sqlalchemy import text

# Without the arithmetic of `core.memberships`: days on the wall less the frozen ones, by ranges.
WRONG_PAID_DAYS = text(
    """
select membership_id
from (
  select m.membership_id,
         case when m.months is not null
              then (m.starts_on + make_interval(months => (m.months * t.terms)::int))::date
                   - m.starts_on
              else m.days * t.terms end as paid,
         case when m.paid_until >= m.starts_on then (
           select sum(upper(r) - lower(r))
           from unnest(datemultirange(daterange(m.starts_on, m.paid_until, '[]')) - coalesce((
             select range_agg(daterange(f.starts_on, f.ends_on, '[]')) from membership_freezes f
             where f.gym_id = m.gym_id and f.membership_id = m.membership_id), '{}')) r)
         else 0 end as counted
  from memberships m
  cross join lateral (
    select count(*) as terms from membership_terms t
    where t.gym_id = m.gym_id and t.membership_id = m.membership_id) t
  where num_nonnulls(m.months, m.days) > 0
    and (cast(:gym_id as bigint) is null or m.gym_id = :gym_id)
) days
where paid <> counted
"""
)
