-- The four roles of the platform, run by a superuser of a new database; running it again is harmless.
-- psql (in the postgres container) and db.roles (everywhere else) both fill in the :'...' values.
do $$ begin create role comeback_migrator; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_app; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_ops; exception when duplicate_object then null; end $$;
do $$ begin create role comeback_analyst; exception when duplicate_object then null; end $$;

alter role comeback_migrator login nosuperuser nobypassrls nocreatedb nocreaterole password :'migrator_password';
alter role comeback_app login nosuperuser nobypassrls nocreatedb nocreaterole password :'app_password';
alter role comeback_ops login nosuperuser bypassrls nocreatedb nocreaterole password :'ops_password';
alter role comeback_analyst login nosuperuser nobypassrls nocreatedb nocreaterole password :'analyst_password';
alter role comeback_analyst set default_transaction_read_only = on;

revoke all on database :"database" from public;
grant connect, temporary on database :"database" to comeback_app, comeback_ops;
grant connect on database :"database" to comeback_analyst;
grant connect, create, temporary on database :"database" to comeback_migrator;
alter schema public owner to comeback_migrator;
grant usage on schema public to comeback_app, comeback_ops, comeback_analyst;
