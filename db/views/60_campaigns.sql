create view reporting.campaigns with (security_invoker = true) as
with mails as (
  select m.gym_id, m.campaign_id, m.customer_id, m.state, m.sent_at,
         exists (select from attendance a
                 where a.gym_id = m.gym_id and a.customer_id = m.customer_id
                   and a.check_in > m.sent_at) as came_back
  from notifications m
  where m.campaign_id is not null
)
select
  g.gym_id,
  g.name as gym,
  k.campaign_id,
  k.name as campaign,
  k.subject,
  k.created_at at time zone g.timezone as created_at,
  u.name as created_by,
  count(m.state) filter (where m.state = 'sent') as sent,
  count(m.state) filter (where m.state = 'queued') as waiting,
  count(m.state) filter (where m.state = 'failed') as failed,
  count(m.state) filter (where m.state = 'sent' and m.came_back) as came_back,
  major_units(
    coalesce(sum(s.yearly_value) filter (where m.state = 'sent' and m.came_back), 0), g.currency
  ) as came_back_yearly_value,
  g.currency
from campaigns k
join gyms g using (gym_id)
join users u on u.gym_id = k.gym_id and u.user_id = k.created_by
left join mails m on m.gym_id = k.gym_id and m.campaign_id = k.campaign_id
left join member_stats s on s.gym_id = m.gym_id and s.customer_id = m.customer_id
group by g.gym_id, g.name, g.timezone, g.currency, k.gym_id, k.campaign_id, k.name, k.subject,
         k.created_at, u.name;

comment on view reporting.campaigns is 'One row per campaign, with what became of its mails so far';
comment on column reporting.campaigns.gym_id is 'Key of the gym';
comment on column reporting.campaigns.gym is 'Gym name';
comment on column reporting.campaigns.campaign_id is 'Key of the campaign';
comment on column reporting.campaigns.campaign is 'How the gym calls it';
comment on column reporting.campaigns.subject is 'Subject with merge fields';
comment on column reporting.campaigns.created_at is 'When Send was pressed, local time';
comment on column reporting.campaigns.created_by is 'Name of the user who pressed Send';
comment on column reporting.campaigns.sent is 'Mails that the mail server took';
comment on column reporting.campaigns.waiting is 'Mails on their way';
comment on column reporting.campaigns.failed is 'Mails that could not be sent';
comment on column reporting.campaigns.came_back is 'Members who visited after their mail was sent';
comment on column reporting.campaigns.came_back_yearly_value is 'What those members are worth in a year, major units of currency';
comment on column reporting.campaigns.currency is 'ISO 4217';
