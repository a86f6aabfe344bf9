create view reporting.segments with (security_invoker = true) as
select
  g.gym_id,
  g.name as gym,
  r.customer_segment as segment,
  count(*) as members,
  round(100.0 * count(*) / sum(count(*)) over (partition by g.gym_id), 1) as share_percent,
  percentile_cont(0.5) within group (order by r.recency_score) as median_days_since_visit,
  percentile_cont(0.5) within group (order by r.frequency_score) as median_visits,
  round((percentile_cont(0.5) within group (order by r.monetary_score))::numeric,
        currency_decimals(g.currency)) as median_spend,
  round(avg(v.clv_value), currency_decimals(g.currency)) as mean_lifetime_value,
  count(v.forecast_value) as members_with_forecast,
  round(avg(v.forecast_value), currency_decimals(g.currency)) as mean_forecast,
  round(sum(v.forecast_value), currency_decimals(g.currency)) as total_forecast,
  g.currency,
  max(a.as_of) as as_of,
  max(a.finished_at) as computed_at
from rfm r
join gyms g using (gym_id)
join analytics_runs a on a.gym_id = r.gym_id and a.run_id = r.run_id
left join clv v on v.gym_id = r.gym_id and v.customer_id = r.customer_id
group by g.gym_id, g.name, g.currency, r.customer_segment;

comment on view reporting.segments is 'One row per gym and value segment, as last computed';
comment on column reporting.segments.gym_id is 'Key of the gym';
comment on column reporting.segments.gym is 'Gym name';
comment on column reporting.segments.segment is 'Loyalist, At Risk, New/Potential, High-Value';
comment on column reporting.segments.members is 'Members in the segment';
comment on column reporting.segments.share_percent is 'Percent of the gym''s scored members';
comment on column reporting.segments.median_days_since_visit is 'Median days since the last visit, or since joining';
comment on column reporting.segments.median_visits is 'Median count of visits';
comment on column reporting.segments.median_spend is 'Median of the total spent, major units of currency';
comment on column reporting.segments.mean_lifetime_value is 'Mean lifetime value, major units of currency';
comment on column reporting.segments.members_with_forecast is 'Of these, members whose next twelve months are forecast';
comment on column reporting.segments.mean_forecast is 'Mean value expected of them in the next twelve months, major units of currency';
comment on column reporting.segments.total_forecast is 'Sum of the same';
comment on column reporting.segments.currency is 'ISO 4217';
comment on column reporting.segments.as_of is 'Local day the scores are for';
comment on column reporting.segments.computed_at is 'When they were computed';
