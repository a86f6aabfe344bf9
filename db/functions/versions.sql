-- The last statement before COMMIT of what wrote rows of these gyms (`db.cache_version`), and the end of
-- `record_scan`: moves on the versions of the topics that the tables' triggers noted. Microseconds, and
-- not a count from 1: after a restore, or in a new database, no number comes that was used before. What
-- wrote nothing has no transaction id: it moves nothing. In a transaction that wrote something, a
-- statement that found no row of a topic moves that one as well, which costs no more than a computation.
create or replace function move_versions(gym_ids bigint[]) returns void language plpgsql as $$
declare
  topics constant text[] := string_to_array(current_setting('app.topics', true), ' ');
  moment constant bigint := extract(epoch from clock_timestamp()) * 1000000;
begin
  if topics = '{}' or topics is null or pg_current_xact_id_if_assigned() is null then
    return;
  end if;
  insert into cache_versions as v (gym_id, slot, :topics)
  select g.gym_id, mod(pg_backend_pid(), :slots), :moments
  from gyms g
  where g.gym_id = any(gym_ids)
  order by g.gym_id
  on conflict (gym_id, slot) do update set :raised;
end
$$;

revoke all on function move_versions from public;
grant execute on function move_versions to comeback_app, comeback_ops;
