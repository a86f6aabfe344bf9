-- A scan at the door, from the visit to every figure that follows from it, as one statement: what
-- `changing_members` does for any other change of a member, by increments instead of counting again.
-- Answers the visit, with what was known of the member before it (`core.arrivals.Arrival`) and what the
-- rules of the door ask (`read_access`), or {"error": code} without having written:
--   member_not_found    also who is archived, erased or merged
--   location_not_found
--   already_checked_in  the scan belongs to a visit under way (:double_scan, or not left within
--                       :max_stay), named by check_in_id and check_in
--   not_the_newest      a later visit is known, so that increments do not do
-- Whoever is refused by the rules takes the visit back with the transaction.
-- Runs as its caller, so that the policies hold. No plan depends on the values: kept ones do.
create or replace function record_visit(
  the_gym bigint, the_member bigint, moment timestamptz, the_method text, the_location bigint
) returns jsonb language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  stats member_stats;
  local timestamp;
  days_away integer;
  visit_id bigint;
  them customers;
  today date;
  access jsonb;
begin
  -- As `lock_member_stats`: out of the way of whoever moves the gym to another time zone.
  perform pg_advisory_xact_lock_shared(hashtextextended('days of ' || the_gym, 0));
  select s.* into stats from member_stats s
  where s.gym_id = the_gym and s.customer_id = the_member
  for update;
  select c.* into them from customers c
  where c.gym_id = the_gym and c.customer_id = the_member
    and c.standing in ('member', 'staff', 'guest');
  if not found then
    return jsonb_build_object('error', 'member_not_found');
  end if;
  if the_location is not null and not exists (
    select from locations l where l.gym_id = the_gym and l.location_id = the_location
  ) then
    return jsonb_build_object('error', 'location_not_found');
  end if;
  if stats.last_check_in > moment then
    return jsonb_build_object('error', 'not_the_newest');
  end if;
  if stats.last_check_in >= moment - :double_scan
     or (stats.last_check_in >= moment - :max_stay
         and (stats.last_check_out is null or stats.last_check_out > moment)) then
    select a.attendance_id into visit_id from attendance a
    where a.gym_id = the_gym and a.customer_id = the_member and a.check_in = stats.last_check_in;
    return jsonb_build_object(
      'error', 'already_checked_in', 'check_in_id', visit_id, 'check_in', stats.last_check_in);
  end if;

  select moment at time zone g.timezone into local from gyms g where g.gym_id = the_gym;
  today := local::date;
  days_away := today - stats.last_visit_on;

  the_location := coalesce(the_location, only_location(the_gym));
  -- Into a place with a capacity one after the other: each counts those before it.
  if exists (select from locations l
             where l.gym_id = the_gym and l.location_id = the_location and l.capacity is not null)
  then
    perform pg_advisory_xact_lock(hashtextextended('places of ' || the_location, 0));
  end if;
  access := read_access(the_gym, the_member, the_location, moment, today);

  insert into attendance (gym_id, customer_id, check_in, method, location_id)
  values (the_gym, the_member, moment, the_method, the_location)
  returning attendance_id into visit_id;

  update member_stats s set
    visits = s.visits + 1,
    first_visit_on = coalesce(s.first_visit_on, today),
    last_visit_on = today,
    last_check_in = moment,
    last_check_out = null,
    visited_days = set_bit(
      case when days_away < :window_days then s.visited_days >> days_away else :no_days end, 0, 1),
    churn_probability = null,
    churn_scored_on = null
  where s.gym_id = the_gym and s.customer_id = the_member;

  insert into visit_hours as h (gym_id, day, hour, slot, visits)
  values (the_gym, today, extract(hour from local), 1 + mod(pg_backend_pid(), :slots), 1)
  on conflict (gym_id, day, hour, slot) do update set visits = h.visits + 1;

  return jsonb_build_object(
    'check_in_id', visit_id, 'member_id', the_member, 'member_name', them.name,
    'check_in', moment, 'check_out', null, 'method', the_method, 'location_id', the_location,
    'access', access,
    'arrival', jsonb_build_object(
      'day', today, 'last_visit_on', stats.last_visit_on, 'birth_date', them.birth_date,
      'covered_until', (
        select upper(period) - 1 from unnest(stats.covered) period where period @> today)));
end
$$;


-- A whole request at the desk in one round trip: who asks (`begin_request`), whether the key of the
-- request is new (`find_response`), the visit (`record_visit`) and the versions that it moves on.
-- Null for who is nobody; else {"caller": ...}, with "visit" if there is anything to say of one:
-- not where the caller's role is not one of those that may, or the gym is suspended. A request whose
-- key is known or in use is {"error": "asked_before"}: nothing was done, and whoever asked waits and
-- looks.
create or replace function record_scan(
  in_gym bigint, by_user bigint, by_version bigint, by_session bigint, at timestamptz,
  request_id text, address text, roles_that_may text[], the_key text,
  the_member bigint, the_method text, the_location bigint
) returns jsonb language plpgsql set plan_cache_mode = force_generic_plan as $$
declare
  begun record;
  caller jsonb;
  visit jsonb;
begin
  select b.caller, b.gym into begun
  from begin_request(in_gym, by_user, by_version, by_session, at, request_id, address, false) b;
  if not found then
    return null;
  end if;
  caller := jsonb_build_object(
    'role', (begun.caller).role, 'timezone', (begun.gym).timezone,
    'enforces_access', (begun.gym).enforces_access,
    'suspended_for', (begun.gym).suspended_reason);
  if (begun.caller).role <> all (roles_that_may) or (begun.gym).suspended_at is not null then
    return jsonb_build_object('caller', caller);
  end if;
  if the_key is not null and (
    not pg_try_advisory_xact_lock(lock_of_key(in_gym, by_user, the_key))
    or exists (select from idempotency_keys k
               where k.gym_id = in_gym and k.user_id = by_user and k.key = the_key)
  ) then
    visit := jsonb_build_object('error', 'asked_before');
  else
    visit := record_visit(in_gym, the_member, at, the_method, the_location);
    perform move_versions(array[in_gym]);
  end if;
  return jsonb_build_object('caller', caller, 'visit', visit);
end
$$;

revoke all on function record_visit, record_scan from public;
grant execute on function record_visit, record_scan to comeback_app, comeback_ops;
