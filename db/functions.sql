-- The doors in the wall between gyms. A route that has no gym yet may ask these functions, and only
-- these, which gym a secret belongs to; everything else it does afterwards is inside that gym.
-- Each runs as the owner (SECURITY DEFINER) and answers one gym_id or nothing; 0 is the platform itself,
-- where super admins belong. Two tell of all gyms
-- together, and name none: has_demo_gyms whether any is for show, time_zones_in_use their time zones.
-- pg_temp comes last: unnamed it would come first, and a caller's temporary table named like one of
-- ours would be read, and its functions run, as the owner.

create or replace function gym_of_login(key text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(gym_id, 0) from users
  where email_key = key or username_key = key
  order by email_key = key desc limit 1
$$;

create or replace function gym_of_session(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(gym_id, 0) from sessions where token_hash = hash
$$;

create or replace function gym_of_refresh_token(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select coalesce(gym_id, 0) from refresh_tokens where token_hash = hash
$$;

create or replace function gym_of_unsubscribe_token(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select gym_id from notifications where unsubscribe_hash = hash
$$;

create or replace function gym_of_confirmation_token(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select gym_id from address_confirmations where token_hash = hash
$$;

create or replace function gym_of_invitation_token(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select gym_id from invitations where token_hash = hash
$$;

create or replace function gym_of_password_reset(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select gym_id from password_resets where token_hash = hash
$$;

-- How far visits have moved on, of the gyms whose desks one process looks after: one question for
-- all of them.
create or replace function visit_versions(gym_ids bigint[])
returns table (gym_id bigint, version numeric)
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select v.gym_id, sum(v.visits) from cache_versions v where v.gym_id = any(gym_ids) group by v.gym_id
$$;

create or replace function gym_of_kiosk_key(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select gym_id from kiosks where key_hash = hash
$$;

-- A platform in production must not start on demo data, whose passwords everybody knows.
create or replace function has_demo_gyms() returns boolean
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select exists (select from gyms where is_demo)
    or exists (select from users where gym_id is null and email_key = 'platform@example.com')
$$;

-- Whether the database reads the time zones of all gyms as the platform does is asked at its start.
create or replace function time_zones_in_use() returns setof text
language sql stable security definer set search_path = pg_catalog, public, pg_temp as $$
  select distinct timezone from gyms
$$;

-- Not a door: how the ledger counts. What `core.money` says, filled in by `apply_access`.
create or replace function currency_decimals(currency text) returns integer
language sql immutable parallel safe as $$
  select case when currency in (:codes_of_0) then 0 when currency in (:codes_of_3) then 3 else 2 end
$$;

-- Minor units as people read them.
create or replace function major_units(minor numeric, currency text) returns numeric
language sql immutable parallel safe as $$
  select round(
    minor / 10::numeric ^ public.currency_decimals(currency), public.currency_decimals(currency)
  )
$$;

-- What people read and write as the ledger counts it; halves go up, away from zero.
create or replace function minor_units(major numeric, currency text) returns bigint
language sql immutable parallel safe as $$
  select round(major * 10::numeric ^ public.currency_decimals(currency))::bigint
$$;

-- Not a door: a table may only be analysed by its owner, and a load by the app or ops must not wait
-- for autovacuum. A table that somebody else is analysing is passed over.
create or replace function analyze_loaded() returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  analyze (skip_locked) customers, memberships, attendance, visit_hours, transactions, member_stats;
end
$$;

-- Notes, until the transaction ends, that rows of a topic were written: see db/topics.py.
create or replace function note_topic() returns trigger language plpgsql as $$
declare
  noted text := coalesce(current_setting('app.topics', true), '');
begin
  if tg_argv[0] <> all (string_to_array(noted, ' ')) then
    perform set_config('app.topics', ltrim(noted || ' ' || tg_argv[0]), true);
  end if;
  return null;
end
$$;
