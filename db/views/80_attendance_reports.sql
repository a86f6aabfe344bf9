create view reporting.attendance_reports with (security_invoker = true) as
select
  g.gym_id,
  g.name as gym,
  r.report_id,
  r.day,
  r.visits,
  r.unique_members,
  r.peak_hour,
  r.peak_visits,
  r.first_timers,
  r.returned,
  exists (select from notifications n
          where n.gym_id = r.gym_id and n.kind = 'attendance_report'
            and n.dedupe_key = r.report_id::text) as was_mailed,
  r.computed_at at time zone g.timezone as computed_at
from attendance_reports r
join gyms g using (gym_id);

comment on view reporting.attendance_reports is 'One row per gym and local day that was reported';
comment on column reporting.attendance_reports.gym_id is 'Key of the gym';
comment on column reporting.attendance_reports.gym is 'Gym name';
comment on column reporting.attendance_reports.report_id is 'Key of the report';
comment on column reporting.attendance_reports.day is 'The gym''s local day';
comment on column reporting.attendance_reports.visits is 'Visits of the day';
comment on column reporting.attendance_reports.unique_members is 'Members who came';
comment on column reporting.attendance_reports.peak_hour is 'Local hour, 0 to 23, with most entries; empty without visits';
comment on column reporting.attendance_reports.peak_visits is 'Entries in that hour';
comment on column reporting.attendance_reports.first_timers is 'Members whose first known visit it was';
comment on column reporting.attendance_reports.returned is 'Members who came back after an absence';
comment on column reporting.attendance_reports.was_mailed is 'A mail to the owner was queued';
comment on column reporting.attendance_reports.computed_at is 'When the figures were computed, local time';
