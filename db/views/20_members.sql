create view reporting.members with (security_invoker = true) as
select
  g.gym_id,
  g.gym,
  c.customer_id as member_id,
  c.number,
  c.name,
  c.email,
  c.phone,
  c.birth_date,
  c.gender,
  c.join_date as joined_on,
  c.status,
  s.covered is not null as status_known,
  p.name as plan,
  t.name as trainer,
  s.visits,
  s.first_visit_on,
  s.last_visit_on,
  g.as_of - s.last_visit_on as inactive_days,
  round(s.usual_gap::numeric, 1) as usual_gap_days,
  major_units(s.yearly_value, g.currency) as yearly_value,
  s.orders,
  major_units(s.spend, g.currency) as spend,
  r.customer_segment as segment,
  round(v.clv_value, currency_decimals(g.currency)) as lifetime_value,
  g.currency,
  c.email_consent
from customers c
join reporting.gyms g using (gym_id)
left join packages p on p.gym_id = c.gym_id and p.package_id = c.package_id
left join trainers t on t.gym_id = c.gym_id and t.trainer_id = c.trainer_id
left join member_stats s on s.gym_id = c.gym_id and s.customer_id = c.customer_id
left join rfm r on r.gym_id = c.gym_id and r.customer_id = c.customer_id
left join clv v on v.gym_id = c.gym_id and v.customer_id = c.customer_id
where c.standing = 'member';

comment on view reporting.members is 'One row per member (customers.standing), with visits, money, segment and value';
comment on column reporting.members.gym_id is 'Key of the gym';
comment on column reporting.members.gym is 'Gym name';
comment on column reporting.members.member_id is 'Key of the member (customers.customer_id)';
comment on column reporting.members.number is 'The gym''s own number for the member';
comment on column reporting.members.name is 'Full name';
comment on column reporting.members.email is 'Address for mail';
comment on column reporting.members.phone is 'Phone number';
comment on column reporting.members.birth_date is 'Birth date';
comment on column reporting.members.gender is 'As the member states it';
comment on column reporting.members.joined_on is 'First day as a member';
comment on column reporting.members.status is 'active, frozen, cancelled or expired, as of the last refresh';
comment on column reporting.members.status_known is 'False when no membership is recorded; such a member counts as active';
comment on column reporting.members.plan is 'Name of the current plan';
comment on column reporting.members.trainer is 'Name of the trainer';
comment on column reporting.members.visits is 'All visits ever';
comment on column reporting.members.first_visit_on is 'First local day with a visit';
comment on column reporting.members.last_visit_on is 'Newest local day with a visit';
comment on column reporting.members.inactive_days is 'Days from the last visit to the gym''s as_of; empty for a member who never came';
comment on column reporting.members.usual_gap_days is 'Median days between visited days of the half year; empty under 4 visited days';
comment on column reporting.members.yearly_value is 'Price of twelve months of the newest membership, major units of currency';
comment on column reporting.members.orders is 'Payments in the ledger that were not reversed';
comment on column reporting.members.spend is 'Sum of the ledger, major units of currency';
comment on column reporting.members.segment is 'Loyalist, At Risk, New/Potential, High-Value';
comment on column reporting.members.lifetime_value is 'Average order value times orders, major units of currency';
comment on column reporting.members.currency is 'ISO 4217';
comment on column reporting.members.email_consent is 'unknown, given, lawful_basis, refused, unsubscribed';
