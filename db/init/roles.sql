-- The roles of the platform, run by a superuser of a new database; running it again is harmless.
-- psql (in the postgres container) and db.roles (everywhere else) both fill in the :'...' values.
set password_encryption = 'scram-sha-256';

do $$ begin create role comeback_migrator; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_app; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_ops; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_analyst; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_analyst_password; exception when duplicate_object then null; end $$;

alter role comeback_migrator login nosuperuser nobypassrls nocreatedb nocreaterole password :'migrator_password';
alter role comeback_app login nosuperuser nobypassrls nocreatedb nocreaterole password :'app_password';
alter role comeback_ops login nosuperuser bypassrls nocreatedb nocreaterole password :'ops_password';
alter role comeback_analyst login nosuperuser nobypassrls nocreatedb nocreaterole connection limit 10;
-- Nobody signs in as this one: it holds the analyst's password, which guard.keep_analyst copies.
alter role comeback_analyst_password nologin nosuperuser nobypassrls nocreatedb nocreaterole password :'analyst_password';

revoke all on database :"database" from public;
grant connect, temporary on database :"database" to comeback_app, comeback_ops;
grant connect on database :"database" to comeback_analyst;
grant connect, create, temporary on database :"database" to comeback_migrator;
alter schema public owner to comeback_migrator;
grant usage on schema public to comeback_app, comeback_ops, comeback_analyst;

-- PostgreSQL lets everybody run these, and whoever only reads could stop others or fill the disk:
-- advisory locks, large objects, messages into the log of changes, numbers of transactions, blocks of code.
do $$
declare
  side_door regprocedure;
begin
  for side_door in
    select oid from pg_catalog.pg_proc
    where pronamespace = 'pg_catalog'::regnamespace
      and (proname ~ '^(pg_(try_)?advisory_|lo_|binary_upgrade_)'
           or proname in ('loread', 'lowrite', 'pg_notify', 'pg_logical_emit_message',
                          'pg_export_snapshot', 'txid_current', 'pg_current_xact_id'))
  loop
    execute format('revoke execute on function %s from public', side_door);
    if side_door::text ~ 'advisory' then
      execute format('grant execute on function %s to comeback_app, comeback_ops, comeback_migrator', side_door);
    end if;
  end loop;
end $$;
revoke usage on language plpgsql from public;
grant usage on language plpgsql to comeback_migrator;

create schema if not exists guard;
grant usage on schema guard to comeback_ops;

-- A role may change its own password and defaults, and lift its own timeouts: no right takes that away.
-- So beat puts them back, and ends what the analyst runs in this database for too long, and whatever
-- holds a change of the role that is not committed.
create or replace function guard.keep_analyst(
  longest_statement interval default '75 seconds', longest_transaction interval default '5 minutes'
) returns text[]
language plpgsql security definer
set search_path = pg_catalog, pg_temp set lock_timeout = '2s' as $$
declare
  defaults constant text[] := array[
    'search_path=public, reporting',
    'default_transaction_read_only=on',
    'statement_timeout=60000',
    'idle_in_transaction_session_timeout=60000',
    'lock_timeout=5000',
    'temp_file_limit=1048576'  -- in kB, of one session; only a superuser can lift it
  ];
  one text;
  password text;
  ended integer;
  done text[] := '{}';
begin
  -- First of all: whoever has changed the role and not committed would keep what follows waiting.
  select count(*) filter (where pg_terminate_backend(pid)) into ended
  from pg_stat_activity
  where usename = 'comeback_analyst' and xact_start is not null
    and (datname = current_database()
           and (clock_timestamp() - state_change > longest_statement
                or clock_timestamp() - xact_start > longest_transaction)
         or pid in (select pid from pg_locks
                    where relation in ('pg_authid'::regclass, 'pg_db_role_setting'::regclass)
                      and mode = 'RowExclusiveLock'));
  if ended > 0 then
    done := done || format('%s sessions', ended);
  end if;
  select rolpassword into password from pg_authid where rolname = 'comeback_analyst_password';
  if password is distinct from (select rolpassword from pg_authid where rolname = 'comeback_analyst') then
    execute format('alter role comeback_analyst password %L', password);
    done := done || 'password'::text;
  end if;
  if array(select setconfig::text from pg_db_role_setting where setrole = 'comeback_analyst'::regrole)
     <> array[defaults::text] then
    for one in
      select datname from pg_db_role_setting join pg_database d on d.oid = setdatabase
      where setrole = 'comeback_analyst'::regrole
    loop
      execute format('alter role comeback_analyst in database %I reset all', one);
    end loop;
    alter role comeback_analyst reset all;
    foreach one in array defaults loop
      execute format('alter role comeback_analyst set %s = %s', split_part(one, '=', 1), split_part(one, '=', 2));
    end loop;
    done := done || 'defaults'::text;
  end if;
  return done;
end $$;
revoke all on function guard.keep_analyst from public;
grant execute on function guard.keep_analyst to comeback_ops;
do $$ begin perform guard.keep_analyst(); end $$;
