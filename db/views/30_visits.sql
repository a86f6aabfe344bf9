create view reporting.visits with (security_invoker = true) as
select
  g.gym_id,
  g.name as gym,
  a.attendance_id as visit_id,
  a.customer_id as member_id,
  c.name as member,
  (a.check_in at time zone g.timezone)::date as visited_on,
  a.check_in at time zone g.timezone as came_at,
  a.check_out at time zone g.timezone as left_at,
  round(extract(epoch from a.check_out - a.check_in) / 60)::int as minutes,
  a.method
from attendance a
join gyms g using (gym_id)
join customers c on c.gym_id = a.gym_id and c.customer_id = a.customer_id;

comment on view reporting.visits is 'One row per visit, in the gym''s local time';
comment on column reporting.visits.gym_id is 'Key of the gym';
comment on column reporting.visits.gym is 'Gym name';
comment on column reporting.visits.visit_id is 'Key of the visit (attendance.attendance_id)';
comment on column reporting.visits.member_id is 'Key of the member';
comment on column reporting.visits.member is 'Full name';
comment on column reporting.visits.visited_on is 'Local day of the entry';
comment on column reporting.visits.came_at is 'Entry, local time';
comment on column reporting.visits.left_at is 'Exit, local time; empty when not recorded';
comment on column reporting.visits.minutes is 'Length of the visit; empty when the exit was not recorded';
comment on column reporting.visits.method is 'How the visit was recorded';
