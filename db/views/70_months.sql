create view reporting.months with (security_invoker = true) as
with facts as (
  select h.gym_id, date_trunc('month', h.day)::date as month,
         h.visits, 0 as joined, 0 as ended, 0 as taken, 0 as returned
  from visit_hours h
  union all
  select c.gym_id, date_trunc('month', c.join_date)::date, 0, 1, 0, 0, 0
  from customers c
  where c.standing not in ('staff', 'guest', 'merged')
  union all
  -- A member leaves when a membership ends and no other covers the next day.
  select m.gym_id, date_trunc('month', m.ends_on)::date, 0, 0, 1, 0, 0
  from (select distinct gym_id, customer_id, ends_on from memberships where ends_on is not null) m
  join member_stats s using (gym_id, customer_id)
  join reporting.gyms g using (gym_id)
  where s.is_counted and m.ends_on < g.as_of and not s.covered @> (m.ends_on + 1)
  union all
  select t.gym_id, date_trunc('month', t.date)::date, 0, 0, 0,
         greatest(t.amount, 0), least(t.amount, 0)
  from transactions t
)
select
  g.gym_id,
  g.name as gym,
  f.month,
  sum(f.visits)::bigint as visits,
  sum(f.joined)::bigint as joined,
  sum(f.ended)::bigint as ended,
  major_units(sum(f.taken), g.currency) as money_in,
  major_units(sum(f.returned), g.currency) as money_back,
  major_units(sum(f.taken + f.returned), g.currency) as revenue,
  g.currency
from facts f
join gyms g using (gym_id)
group by g.gym_id, g.name, g.currency, f.month;

comment on view reporting.months is 'One row per gym and month in which anything happened';
comment on column reporting.months.gym_id is 'Key of the gym';
comment on column reporting.months.gym is 'Gym name';
comment on column reporting.months.month is 'First day of the month, local';
comment on column reporting.months.visits is 'Visits that began in the month';
comment on column reporting.months.joined is 'Members who joined';
comment on column reporting.months.ended is 'Memberships that ended without another one the next day';
comment on column reporting.months.money_in is 'Positive ledger lines, major units of currency';
comment on column reporting.months.money_back is 'Negative ledger lines, major units of currency';
comment on column reporting.months.revenue is 'money_in plus money_back, major units of currency';
comment on column reporting.months.currency is 'ISO 4217';
