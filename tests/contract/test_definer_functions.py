"""What comeback_app puts in front of our tables does not run as their owner."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, Engine, create_engine

from db.row_level_security import DEFINER_FUNCTIONS
from tests.fixtures.postgres import MigratedDatabase

CALLS = {
    "gym_of_login(text)": "gym_of_login('somebody@example.com')",
    "gym_of_session(text)": "gym_of_session('hash')",
    "gym_of_refresh_token(text)": "gym_of_refresh_token('hash')",
    "gym_of_unsubscribe_token(text)": "gym_of_unsubscribe_token('hash')",
    "gym_of_confirmation_token(text)": "gym_of_confirmation_token('hash')",
    "gym_of_invitation_token(text)": "gym_of_invitation_token('hash')",
    "gym_of_password_reset(text)": "gym_of_password_reset('hash')",
    "gym_of_kiosk_key(text)": "gym_of_kiosk_key('hash')",
    "visit_versions(bigint[])": "visit_versions(array[1])",
    "has_demo_gyms()": "has_demo_gyms()",
    "time_zones_in_use()": "time_zones_in_use()",
    "analyze_loaded()": "analyze_loaded()",
    "note_audit(text, text, text, bigint, jsonb)": "note_audit('read', 'gyms', '1', null, null)",
    "erase_audit(bigint)": "erase_audit(1)",
    "move_ledger(bigint, bigint, bigint[])": "move_ledger(1, 2, null)",
}
TRIGGERS = {
    "keep_audit()": "update public.gyms set phone = '1'",
}
"""What lets those run that no statement may call."""
TABLES = (
    "select relname from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace"
)
COLUMNS = """
select string_agg(format('pg_temp.trap()::text::%%s as %%I', format_type(atttypid, atttypmod),
                         attname), ', ')
from pg_attribute where attrelid = %s::regclass and attnum > 0 and not attisdropped
"""


@pytest.fixture
def app(fresh_database: MigratedDatabase) -> Iterator[Engine]:
    """Its database has one gym, and in it somebody erased and merged: functions find something."""
    ops = create_engine(fresh_database.ops_url)
    with ops.begin() as connection:
        connection.exec_driver_sql(
            "insert into gyms (name, username, email, hashed_password, timezone, currency)"
            " values ('Real', 'real', 'real@example.com', 'x', 'UTC', 'EUR')"
        )
        connection.exec_driver_sql(
            "insert into customers (gym_id, name, name_key, join_date, standing)"
            " values (1, 'Former member 1', 'former member 1', '2026-01-01', 'erased'),"
            " (1, 'Ana', 'ana', '2026-01-01', 'member')"
        )
        connection.exec_driver_sql(
            "insert into users (gym_id, role, name, email, email_key, hashed_password)"
            " values (1, 'admin', 'Real', 'a@example.com', 'a@example.com', 'x')"
        )
        connection.exec_driver_sql(
            "insert into member_merges (gym_id, customer_id, into_id, standing, moved, merged_by,"
            " merged_at) select 1, 1, 2, 'member', '{}', user_id, now() from users"
        )
    ops.dispose()
    engine = create_engine(fresh_database.app_url)
    yield engine
    engine.dispose()


def set_traps(connection: Connection) -> None:
    """Views and a function of the session's own, named like what ours use; whoever reads them as
    somebody else than the app is caught."""
    run = connection.exec_driver_sql
    run("create sequence pg_temp.caught")
    run("grant all on sequence pg_temp.caught to public")
    run(
        "create function pg_temp.trap() returns text language sql volatile as"
        " $$ select case when current_user <> 'comeback_app'"
        "    then nextval('pg_temp.caught')::text end $$"
    )
    run(
        "create function pg_temp.lower(text) returns text language sql as"
        " $$ select pg_temp.trap() $$"
    )
    for table in run(TABLES).scalars().all():
        columns = run(COLUMNS, (f"public.{table}",)).scalar_one()
        run(f"create view pg_temp.{table} as select {columns}")
        run(f"grant all on pg_temp.{table} to public")


def test_every_function_is_called_here() -> None:
    assert CALLS.keys() | TRIGGERS.keys() == set(DEFINER_FUNCTIONS)


@pytest.mark.parametrize("function", [*CALLS, *TRIGGERS])
def test_a_table_of_the_callers_own_is_not_read_as_the_owner(app: Engine, function: str) -> None:
    """It is, without pg_temp at the end of their path, by all but analyze_loaded: PostgreSQL
    analyses nobody else's table."""
    with app.connect() as connection:
        set_traps(connection)
        run = connection.exec_driver_sql
        run("select set_config('app.gym_id', '1', true)")
        if function in CALLS:
            run(f"select public.{CALLS[function]}").all()
        else:
            assert run(TRIGGERS[function]).rowcount == 1
        caught = connection.exec_driver_sql("select is_called from pg_temp.caught").scalar_one()
    assert not caught
