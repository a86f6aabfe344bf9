-- A transaction must name its gym anyway. This answers in the same round trip who is asking, if they may:
-- their row, the gym's, and the versions of its rows by topic. It runs as its caller, so that the
-- policies hold. No row for a user who was dismissed, signed out everywhere, or whose session
-- has ended. In plpgsql, because a query would not promise to name the gym before it reads.
-- The transactions of a suspended gym are read-only from here on, and PostgreSQL lets nobody take that
-- back. Exempt is who looks after their own account, and the trace of who read what is guarded.
create or replace function begin_request(
  in_gym bigint, by_user bigint, by_version bigint, by_session bigint, at timestamptz,
  request_id text, address text, is_exempt boolean
) returns table (caller users, gym gyms, versions jsonb)
language plpgsql as $$
declare
  asked record;
begin
  perform set_config('app.gym_id', in_gym::text, true),
    set_config('app.user_id', by_user::text, true),
    set_config('app.request_id', request_id, true),
    set_config('app.address', address, true);
  select u as caller, g as gym, (
      select :versions from cache_versions v where v.gym_id = in_gym) as versions
  into asked
  from users u
  join gyms g on g.gym_id = u.gym_id
  where u.gym_id = in_gym and u.user_id = by_user and u.is_active and u.token_version = by_version
    and (by_session is null or exists (
      select from sessions s
      where s.gym_id = in_gym and s.user_id = by_user and s.session_id = by_session
        and s.revoked_at is null and s.expires_at > at));
  if not found then
    return;
  end if;
  caller := asked.caller;
  gym := asked.gym;
  versions := asked.versions;
  perform set_config('app.actor', caller.name, true);
  if gym.suspended_at is not null and not is_exempt then
    perform set_config('transaction_read_only', 'on', true);
  end if;
  return next;
end
$$;

-- The name of the lock that a request with a key holds until its transaction ends.
create or replace function lock_of_key(in_gym bigint, by_user bigint, the_key text) returns bigint
language sql immutable as $$
  select hashtextextended('request ' || in_gym || ' ' || by_user || ' ' || the_key, 0)
$$;

-- The response that a request with this key got, or nulls if there was none yet. A second request with
-- the key waits here for the end of the first one's transaction, as long as lock_timeout allows, and
-- in plpgsql looks only then.
create or replace function find_response(in_gym bigint, by_user bigint, the_key text)
returns idempotency_keys language plpgsql as $$
declare
  response idempotency_keys;
begin
  perform pg_advisory_xact_lock(lock_of_key(in_gym, by_user, the_key));
  select * into response from idempotency_keys k
  where k.gym_id = in_gym and k.user_id = by_user and k.key = the_key;
  return response;
end
$$;

revoke all on function lock_of_key, find_response from public;
grant execute on function lock_of_key, find_response to comeback_app, comeback_ops;
