create view reporting.payments with (security_invoker = true) as
select
  g.gym_id,
  g.name as gym,
  p.payment_id,
  p.customer_id as member_id,
  c.name as member,
  k.name as plan,
  major_units(p.amount, p.currency) as amount,
  p.currency,
  p.state,
  p.due_on,
  p.attempted_at at time zone g.timezone as attempted_at,
  p.failure_reason
from payments p
join gyms g using (gym_id)
join customers c on c.gym_id = p.gym_id and c.customer_id = p.customer_id
left join memberships m on m.gym_id = p.gym_id and m.membership_id = p.membership_id
left join packages k on k.gym_id = m.gym_id and k.package_id = m.package_id;

comment on view reporting.payments is 'One row per amount to collect, paid or not; money that moved is in reporting.transactions';
comment on column reporting.payments.gym_id is 'Key of the gym';
comment on column reporting.payments.gym is 'Gym name';
comment on column reporting.payments.payment_id is 'Key of the payment';
comment on column reporting.payments.member_id is 'Key of the member who pays';
comment on column reporting.payments.member is 'Full name';
comment on column reporting.payments.plan is 'Plan of the membership it is for';
comment on column reporting.payments.amount is 'Major units of currency';
comment on column reporting.payments.currency is 'ISO 4217';
comment on column reporting.payments.state is 'pending, paid, failed';
comment on column reporting.payments.due_on is 'Local day the money is due';
comment on column reporting.payments.attempted_at is 'Last attempt, local time';
comment on column reporting.payments.failure_reason is 'Why it failed';

create view reporting.transactions with (security_invoker = true) as
select
  g.gym_id,
  g.name as gym,
  t.transaction_id,
  t.customer_id as member_id,
  c.name as member,
  t.date as booked_on,
  t.kind,
  major_units(t.amount, t.currency) as amount,
  t.currency,
  t.source,
  t.payment_id,
  t.reverses_id
from transactions t
join gyms g using (gym_id)
join customers c on c.gym_id = t.gym_id and c.customer_id = t.customer_id;

comment on view reporting.transactions is 'The ledger: one row per movement of money, never changed, only reversed';
comment on column reporting.transactions.gym_id is 'Key of the gym';
comment on column reporting.transactions.gym is 'Gym name';
comment on column reporting.transactions.transaction_id is 'Key of the ledger line';
comment on column reporting.transactions.member_id is 'Key of the member';
comment on column reporting.transactions.member is 'Full name';
comment on column reporting.transactions.booked_on is 'Local day the money moved';
comment on column reporting.transactions.kind is 'payment, refund, chargeback, correction, reversal';
comment on column reporting.transactions.amount is 'Major units of currency; negative when money went back';
comment on column reporting.transactions.currency is 'ISO 4217';
comment on column reporting.transactions.source is 'Who recorded it';
comment on column reporting.transactions.payment_id is 'The payment that succeeded';
comment on column reporting.transactions.reverses_id is 'The line that a reversal undoes';
