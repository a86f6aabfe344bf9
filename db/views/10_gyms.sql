-- Reporting views for analysts: all gyms, readable names, money in major units. Recreated after every
-- migration (db/row_level_security.py). security_invoker: a view shows no more than its reader may read.
create view reporting.gyms with (security_invoker = true) as
select
  g.gym_id,
  g.name as gym,
  g.timezone,
  g.currency,
  g.is_demo,
  newest.day as newest_visit_on,
  -- As core/clock.py has it: a history that ends over seven days ago is read as of its last day.
  case when (now() at time zone g.timezone)::date - newest.day > 7
       then newest.day else (now() at time zone g.timezone)::date end as as_of,
  coalesce((now() at time zone g.timezone)::date - newest.day <= 7, true) as as_of_is_live,
  (select count(*) from customers c where c.gym_id = g.gym_id and c.standing = 'member') as members,
  (select count(*) from customers c
   where c.gym_id = g.gym_id and c.standing = 'member' and c.status = 'active')
    as active_members,
  g.created_at::date as registered_on
from gyms g
left join lateral (select max(h.day) as day from visit_hours h where h.gym_id = g.gym_id) newest on true;

comment on view reporting.gyms is 'One row per gym';
comment on column reporting.gyms.gym_id is 'Key of the gym';
comment on column reporting.gyms.gym is 'Gym name';
comment on column reporting.gyms.timezone is 'IANA name; days and local times of the gym follow it';
comment on column reporting.gyms.currency is 'ISO 4217; every amount of the gym is in it';
comment on column reporting.gyms.is_demo is 'Made by demo seeding';
comment on column reporting.gyms.newest_visit_on is 'Newest local day with a visit';
comment on column reporting.gyms.as_of is 'Local day that figures are for: today, or the newest day of an imported history';
comment on column reporting.gyms.as_of_is_live is 'False when as_of is not today';
comment on column reporting.gyms.members is 'All members, also those who have left; without staff, guests and archived ones';
comment on column reporting.gyms.active_members is 'Members with status active';
comment on column reporting.gyms.registered_on is 'Day the gym signed up, UTC';
