-- The location of a gym that has only one in use; else none, because somebody has to say which.
create or replace function only_location(the_gym bigint) returns bigint
language plpgsql stable as $$
begin
  return (select min(l.location_id) from locations l
          where l.gym_id = the_gym and l.is_active having count(*) = 1);
end
$$;

-- What the rules of the door (`core.access.AccessFacts`) ask of a member who enters at a moment of
-- the gym's local day, before the visit is written; of one that is written already, as it was before
-- it. Null for a member whom the gym does not have.
-- Runs as its caller, so that the policies hold; in plpgsql, which keeps its plans, of which none
-- depends on the values.
create or replace function read_access(
  the_gym bigint, the_member bigint, the_location bigint, moment timestamptz, today date,
  the_visit bigint default null
) returns jsonb language plpgsql stable set plan_cache_mode = force_generic_plan as $$
declare
  stats member_stats;
  entitlements jsonb := '[]';
  place jsonb;
begin
  select s.* into stats from member_stats s
  where s.gym_id = the_gym and s.customer_id = the_member;
  if not found then
    return null;
  end if;
  if stats.covered @> today then
    select coalesce(jsonb_agg(jsonb_build_object(
      'membership_id', m.membership_id, 'plan_name', p.name, 'ends_on', m.ends_on,
      'is_frozen', stats.frozen @> today and exists (
        select from membership_freezes f
        where f.gym_id = the_gym and f.membership_id = m.membership_id
          and today between f.starts_on and f.ends_on),
      'unpaid_since', case when m.unpaid_since <= today - (
        select g.debt_grace_days::int from gyms g where g.gym_id = the_gym) then m.unpaid_since end,
      -- Of a pack that was renewed as often as it was bought.
      'visits', p.visits * (select greatest(count(*), 1) from membership_terms t
                            where t.gym_id = the_gym and t.membership_id = m.membership_id),
      'used', case when p.visits is null then 0 else (
        select count(*) from attendance a
        where a.gym_id = the_gym and a.pack_id = m.membership_id
          and a.attendance_id is distinct from the_visit) end,
      'hours', (
        select coalesce(jsonb_agg(jsonb_build_object(
          'weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)), '[]')
        from plan_hours h where h.gym_id = the_gym and h.package_id = m.package_id),
      'location_ids', (
        select coalesce(jsonb_agg(l.location_id), '[]') from plan_locations l
        where l.gym_id = the_gym and l.package_id = m.package_id))), '[]')
    into entitlements
    from memberships m
    join packages p on p.gym_id = m.gym_id and p.package_id = m.package_id
    where m.gym_id = the_gym and m.customer_id = the_member
      and m.starts_on <= today and (m.ends_on is null or m.ends_on >= today);
  end if;
  select jsonb_build_object(
    'location_id', l.location_id, 'name', l.name, 'is_active', l.is_active,
    'capacity', l.capacity,
    'hours', (
      select coalesce(jsonb_agg(jsonb_build_object(
        'weekday', h.weekday, 'opens', h.opens, 'closes', h.closes)), '[]')
      from opening_hours h where h.gym_id = the_gym and h.location_id = l.location_id),
    'inside', case when l.capacity is null then 0 else (
      select count(*) from attendance a
      where a.gym_id = the_gym and a.location_id = l.location_id
        -- Of those who enter at this instant some had their time a little later.
        and a.check_in between moment - :max_stay and moment + interval '5 seconds'
        and a.attendance_id is distinct from the_visit
        and (a.check_out is null or a.check_out > moment)) end)
  into place
  from locations l where l.gym_id = the_gym and l.location_id = the_location;
  return jsonb_build_object(
    'day', today, 'entitlements', entitlements, 'place', place,
    'is_cancelled', stats.is_cancelled,
    'has_left', (select c.standing in ('archived', 'erased', 'merged') from customers c
                 where c.gym_id = the_gym and c.customer_id = the_member),
    'starts_on', case when not stats.covered @> today then (
      select min(lower(period)) from unnest(stats.covered) period where lower(period) > today) end,
    'ended_on', case when not stats.covered @> today then (
      select max(upper(period)) - 1 from unnest(stats.covered) period
      where upper(period) <= today) end,
    'closed_for', (
      select coalesce(c.reason, '') from closures c
      where c.gym_id = the_gym and today between c.starts_on and c.ends_on
        and (c.location_id is null or c.location_id = the_location)
      order by c.location_id is null desc, c.closure_id limit 1));
end
$$;

revoke all on function only_location, read_access from public;
grant execute on function only_location, read_access to comeback_app, comeback_ops;
