-- Keeps what became of a row, as triggers of db/audit.py ask: the columns of its key, those that are
-- not kept, and those of which only is kept that they changed. As the owner, because nobody else
-- writes the log.
create or replace function keep_audit() returns trigger
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  before constant jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  after constant jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
  known constant jsonb := coalesce(after, before);
  left_out constant text[] := string_to_array(tg_argv[1], ',');
  hidden constant text[] := string_to_array(tg_argv[2], ',');
  kept jsonb;
begin
  select jsonb_object_agg(name, case when name <> all (hidden)
      then jsonb_build_array(before -> name, after -> name) end)
  into kept
  from jsonb_object_keys(known) name
  where name <> all (left_out)
    and nullif(before -> name, 'null') is distinct from nullif(after -> name, 'null');
  if known ->> 'gym_id' is null or kept is null and tg_op = 'UPDATE' then
    return null;
  end if;
  insert into audit_log (gym_id, action, row_table, row_key, customer_id, changes,
                         user_id, actor, request_id, address)
  values (
    (known ->> 'gym_id')::bigint,
    case tg_op when 'INSERT' then 'created' when 'UPDATE' then 'changed' else 'deleted' end,
    tg_table_name,
    (select string_agg(known ->> name, '-' order by place)
     from unnest(string_to_array(tg_argv[0], ',')) with ordinality key (name, place)),
    (known ->> 'customer_id')::bigint,
    coalesce(kept, '{}'),
    nullif(current_setting('app.user_id', true), '')::bigint,
    nullif(current_setting('app.actor', true), ''),
    nullif(current_setting('app.request_id', true), ''),
    nullif(current_setting('app.address', true), '')
  );
  return null;
end
$$;

-- Adds what is no change of a row: a sign-in, an export, a reading of what is guarded. Of the
-- transaction's gym only, and never what triggers keep: a change cannot be made up.
create or replace function note_audit(
  action text, row_table text, row_key text, about_member bigint, about jsonb
) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
begin
  if action in ('created', 'changed', 'deleted') then
    raise exception 'what became of a row is kept by its trigger' using errcode = '42501';
  end if;
  insert into audit_log (gym_id, action, row_table, row_key, customer_id, changes,
                         user_id, actor, request_id, address)
  values (
    nullif(current_setting('app.gym_id', true), '')::bigint, action, row_table, row_key,
    about_member, coalesce(about, '{}'),
    nullif(current_setting('app.user_id', true), '')::bigint,
    nullif(current_setting('app.actor', true), ''),
    nullif(current_setting('app.request_id', true), ''),
    nullif(current_setting('app.address', true), '')
  );
end
$$;

-- Blanks what the log says of a member whose data was erased: which columns changed stays, with who
-- did it and when; what stood in them goes, and so does where the member signed in from. Of the
-- transaction's gym, and of nobody who is kept.
create or replace function erase_audit(about_member bigint) returns void
language plpgsql security definer set search_path = pg_catalog, public, pg_temp as $$
declare
  the_gym constant bigint := nullif(current_setting('app.gym_id', true), '')::bigint;
  accounts constant bigint[] := array(
    select a.user_id from member_accounts a
    where a.gym_id = the_gym and a.customer_id = about_member);
begin
  if not exists (select from customers c where c.gym_id = the_gym
                 and c.customer_id = about_member and c.standing = 'erased') then
    raise exception 'the member was not erased' using errcode = '42501';
  end if;
  update audit_log l
  set changes = coalesce(
    (select jsonb_object_agg(name, null) from jsonb_object_keys(l.changes) name), '{}')
  where l.gym_id = the_gym and (
    l.customer_id = about_member
    or l.row_table = 'users' and l.row_key = any (accounts::text[])
    or l.row_table = 'membership_events' and l.row_key in (
      select e.event_id::text from membership_events e
      join memberships m on m.gym_id = e.gym_id and m.membership_id = e.membership_id
      where m.gym_id = the_gym and m.customer_id = about_member));
  update audit_log l set actor = null, address = null
  where l.gym_id = the_gym and l.user_id = any (accounts);
end
$$;
