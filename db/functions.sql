-- The doors in the wall between gyms. A route that has no gym yet may ask these functions, and only
-- these, which gym a secret belongs to; everything else it does afterwards is inside that gym.
-- Each runs as the owner (SECURITY DEFINER), answers one gym_id or nothing, and leaks no more.

create or replace function gym_of_login(login text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select gym_id from users
  where (lower(email) = lower(login) or lower(username) = lower(login)) and gym_id is not null
  order by lower(email) = lower(login) desc limit 1
$$;

create or replace function gym_of_session(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select gym_id from sessions where token_hash = hash
$$;

create or replace function gym_of_refresh_token(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select gym_id from refresh_tokens where token_hash = hash
$$;

create or replace function gym_of_unsubscribe_token(hash text) returns bigint
language sql stable security definer set search_path = pg_catalog, public as $$
  select gym_id from messages where unsubscribe_hash = hash
$$;

-- The worker serves every gym: it leases due rows here and then works on each inside its gym.
create or replace function claim_outbox(batch int, lease_seconds int, lease_token uuid)
returns table (outbox_id bigint, gym_id bigint)
language sql volatile security definer set search_path = pg_catalog, public as $$
  update outbox o
  set state = 'sending', lease = lease_token, attempts = o.attempts + 1,
      next_at = now() + make_interval(secs => lease_seconds)
  where o.outbox_id in (
    select d.outbox_id from outbox d
    where d.state in ('pending', 'sending') and d.next_at <= now()
    order by d.next_at, d.outbox_id
    limit batch
    for update skip locked)
  returning o.outbox_id, o.gym_id
$$;

-- A platform in production must not start on demo data, whose passwords everybody knows.
create or replace function has_demo_gyms() returns boolean
language sql stable security definer set search_path = pg_catalog, public as $$
  select exists (select from gyms where is_demo)
$$;
