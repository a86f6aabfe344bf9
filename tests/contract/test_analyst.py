"""What comeback_analyst can do in PostgreSQL once it has lifted whatever a session may lift."""

import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from psycopg2 import errors
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.orm import sessionmaker

from db.queue.beat import AnalystGuard, Beat, run
from db.queue.heartbeat import is_alive
from db.session import GymSession, make_engine, make_session_factory
from tests.fixtures.postgres import MigratedDatabase
from tests.fixtures.processes import wait_for

LIFTED = (
    "set session characteristics as transaction read write",
    "set statement_timeout = 0",
    "set idle_in_transaction_session_timeout = 0",
    "set lock_timeout = 0",
)


@pytest.fixture
def unlimited(analyst_engine: Engine) -> Iterator[Connection]:
    """A session of the analyst's without the defaults that it may lift. Nothing is committed."""
    with analyst_engine.connect() as connection:
        lift(connection)
        yield connection
        connection.rollback()
        connection.invalidate()  # its settings are lifted for good


def lift(connection: Connection) -> None:
    for statement in LIFTED:
        connection.exec_driver_sql(statement)
    connection.commit()
    assert connection.exec_driver_sql("show transaction_read_only").scalar() == "off"


@pytest.mark.parametrize(
    "statement",
    [
        "insert into trainers (gym_id, name) values (1, 'x')",
        "update customers set name = 'x'",
        "delete from attendance",
        "truncate customers",
        "merge into rfm using clv on false when not matched then insert (gym_id) values (1)",
        "copy trainers from stdin",
        "copy (select 1) to program 'cat'",
        "copy (select 1) to '/tmp/comeback'",
        "copy pg_class from '/etc/passwd'",
        "lock table customers in access exclusive mode",
        "lock table customers in share mode",
        "select customer_id from customers for update",
        "select customer_id from customers for key share",
        "select nextval('customers_customer_id_seq')",
        "select setval('customers_customer_id_seq', 1)",
        "create table mine (a int)",
        "create temp table mine (a int)",
        "create temp view mine as select 1",
        "create schema mine",
        "create sequence mine",
        "create type mine as enum ('a')",
        "create function mine() returns int language sql as 'select 1'",
        "create function pg_temp.mine() returns int language sql as 'select 1'",
        "create publication mine",
        "create role mine",
        "do $$ begin perform 1; end $$",
        "drop owned by comeback_analyst",
        "drop policy tenant on customers",
        "alter table customers disable row level security",
        "grant select on customers to public",
        "comment on table customers is 'x'",
        "reindex table customers",
        "select pg_advisory_lock(1)",
        "select pg_advisory_xact_lock_shared(1, 2)",
        "select pg_try_advisory_lock(hashtextextended('days of 7', 0))",
        "select pg_try_advisory_xact_lock_shared(1)",
        "select pg_advisory_unlock_all()",
        "select lo_create(0)",
        "select lo_creat(-1)",
        "select lo_from_bytea(0, 'x')",
        "select lo_put(1, 0, 'x')",
        "select lo_import('/etc/passwd')",
        "select lo_export(1, '/tmp/comeback')",
        "select lowrite(0, 'x')",
        "select loread(0, 1)",
        "select pg_notify('a', 'b')",
        "select pg_logical_emit_message(false, 'a', 'b')",
        "select pg_export_snapshot()",
        "select txid_current()",
        "select pg_current_xact_id()",
        "select pg_create_physical_replication_slot('mine')",
        "select pg_create_restore_point('mine')",
        "select pg_switch_wal()",
        "select pg_reload_conf()",
        "select pg_stat_reset()",
        "select pg_read_file('PG_VERSION')",
        "select pg_ls_dir('.')",
        "select pg_current_logfile()",
        "select guard.keep_analyst()",
        "select rolpassword from pg_authid",
        "checkpoint",
        "load 'plpgsql'",
        "alter database postgres set work_mem = '1GB'",
        "alter role comeback_analyst connection limit -1",
        "alter role comeback_analyst bypassrls",
        "alter role comeback_analyst set temp_file_limit = -1",
        "alter role comeback_app password 'x'",
        "set temp_file_limit = -1",
        "set track_activities = off",
        "set log_error_verbosity = verbose",
        "set role comeback_ops",
        "set session authorization comeback_app",
    ],
)
def test_it_changes_and_holds_nothing_even_where_it_may_write(
    unlimited: Connection, statement: str
) -> None:
    with pytest.raises(DBAPIError) as refused:
        unlimited.exec_driver_sql(statement)
    while refused.value.connection_invalidated:
        # Roles are the whole server's: the beat of another test has ended a change of one.
        unlimited.rollback()
        lift(unlimited)
        with pytest.raises(DBAPIError) as refused:
            unlimited.exec_driver_sql(statement)
    assert isinstance(refused.value.orig, errors.InsufficientPrivilege), refused.value.orig


# Of PostgreSQL's functions with an effect, those that everybody may run and that were looked at:
# they read, act on the caller's own session only, or ask for a right of their own before they act.
LOOKED_AT = re.compile(
    r"amvalidate|array_(sample|shuffle)|random(_normal)?|setseed|gen_random_uuid|uuidv[47]"
    r"|clock_timestamp|timeofday|current_query|currtid2|currval|lastval|nextval|setval"
    r"|(cursor|query)_to_xml.*|dsnowball_(init|lexize)|ts_(rewrite|stat)|txid_status"
    r"|brin_(de)?summarize_.*|gin_clean_pending_list|plpgsql_(inline_handler|validator)|set_config"
    r"|pg_(relation|table|indexes|total_relation|database|tablespace)_size|pg_sleep(_for|_until)?"
    r"|pg_stat_(get|clear|force)_.*|pg_control_.*|pg_current_wal_.*|pg_last_.*|pg_get_.*"
    r"|pg_is_(in_recovery|wal_replay_paused)|pg_jit_available|pg_lock_status|pg_prepared_xact"
    r"|pg_(safe_snapshot_)?blocking_pids|pg_isolation_test_session_is_blocked"
    r"|pg_notification_queue_usage|pg_partition_(ancestors|tree)|pg_sequence_last_value"
    r"|pg_xact_(commit_timestamp|commit_timestamp_origin|status)|pg_(database_)?collation_.*"
    r"|pg_(available_wal_summaries|wal_summary_contents)"
    # Its own sessions only: its statements are the analysts' to end.
    r"|pg_(cancel|terminate)_backend"
    # These ask for a superuser, for REPLICATION, or for the table's owner.
    r"|pg_(copy|create|drop)_.*replication_slot|pg_logical_slot_.*|pg_replication_slot_advance"
    r"|pg_sync_replication_slots|pg_(clear|restore)_(attribute|relation)_stats|pg_nextoid"
    r"|pg_extension_config_dump|pg_import_system_collations|pg_stop_making_pinned_objects"
    r"|pg_(read_file|rotate_logfile)_old"
)
_WITH_EFFECT = """
select distinct proname from pg_proc
where provolatile = 'v' and has_function_privilege('comeback_analyst', oid, 'execute')
  and has_schema_privilege('comeback_analyst', pronamespace, 'usage')
  and prorettype <> all (array['trigger', 'event_trigger', 'index_am_handler', 'table_am_handler',
                               'language_handler', 'tsm_handler', 'fdw_handler']::regtype[])
"""


def test_every_function_with_an_effect_that_it_may_run_was_looked_at(
    analyst_engine: Engine,
) -> None:
    """A newer PostgreSQL's must be thought about: leave it here, or revoke it in roles.sql."""
    with analyst_engine.connect() as connection:
        found = connection.exec_driver_sql(_WITH_EFFECT).scalars().all()
    assert len(found) > 50
    assert [name for name in found if not LOOKED_AT.fullmatch(name)] == []


def test_the_platforms_roles_still_lock(
    app_engine: Engine, ops_engine: Engine, migrator_engine: Engine
) -> None:
    for engine in (app_engine, ops_engine, migrator_engine):
        with engine.connect() as connection:
            assert connection.exec_driver_sql("select pg_try_advisory_xact_lock(1)").scalar()


def test_it_has_limits_from_the_start(analyst_engine: Engine) -> None:
    limits = {
        "default_transaction_read_only": "on",
        "statement_timeout": "1min",
        "idle_in_transaction_session_timeout": "1min",
        "lock_timeout": "5s",
        "temp_file_limit": "1GB",
    }
    with analyst_engine.connect() as connection:
        for name, value in limits.items():
            assert connection.exec_driver_sql(f"show {name}").scalar() == value
        limit = "select rolconnlimit from pg_roles where rolname = current_user"
        assert connection.exec_driver_sql(limit).scalar() == 10


def test_it_sees_nobody_elses_statements(analyst_engine: Engine, app_engine: Engine) -> None:
    with app_engine.connect() as app, analyst_engine.connect() as analyst:
        pid = app.exec_driver_sql("select pg_backend_pid() /* Ana */").scalar()
        for source in ("pg_stat_activity", "pg_stat_get_activity(null)"):
            seen = analyst.exec_driver_sql(f"select query from {source} where pid = %s", (pid,))
            assert seen.scalar() == "<insufficient privilege>"


@pytest.mark.parametrize("table", ["alunos", "checkins", "planos", "members", "attendance"])
def test_it_finds_tables_and_views_without_naming_a_schema(
    analyst_engine: Engine, table: str
) -> None:
    with analyst_engine.connect() as connection:
        columns = connection.exec_driver_sql(f"select * from {table}").keys()
    assert {"alunos": "aluno_id", "checkins": "entrada", "planos": "preco"}.get(
        table, "gym_id"
    ) in columns


# Its own password and defaults are a role's to change. What it may do is done here as a superuser
# who has become the analyst, so that nothing of it is ever committed.
@pytest.fixture
def as_superuser(fresh_database: MigratedDatabase) -> Iterator[Connection]:
    engine = create_engine(fresh_database.superuser_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


_ITSELF = """
select rolpassword, array(select (setdatabase, setconfig)::text from pg_db_role_setting
                          where setrole = r.oid) from pg_authid r where rolname = 'comeback_analyst'
"""


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ("alter role comeback_analyst password 'mine'", "password"),
        ("alter role comeback_analyst password null", "password"),
        ("alter role current_user set statement_timeout = 0", "defaults"),
        ("alter role current_user set default_transaction_read_only = off", "defaults"),
        ("alter role current_user set search_path = pg_catalog", "defaults"),
        ("alter role current_user set role = 'none'", "defaults"),
        ("alter role current_user reset all", "defaults"),
        ("alter role current_user in database {} set statement_timeout = 1", "defaults"),
        ("alter role current_user in database postgres set work_mem = '1GB'", "defaults"),
    ],
)
def test_what_it_changes_of_itself_is_put_back(
    as_superuser: Connection, fresh_database: MigratedDatabase, change: str, kept: str
) -> None:
    run = as_superuser.exec_driver_sql
    before = run(_ITSELF).one()
    run("set local role comeback_analyst")
    run(change.format(fresh_database.name))
    run("reset role")
    assert run(_ITSELF).one() != before
    assert run("select guard.keep_analyst()").scalar() == [kept]
    assert run(_ITSELF).one() == before
    assert run("select guard.keep_analyst()").scalar() == []


def outlive(engine: Engine, statement: str) -> Callable[[], BaseException | None]:
    """Run it in a thread, without a timeout; the returned function waits for how it ended."""
    failure: list[BaseException] = []
    begun = threading.Event()

    def work() -> None:
        try:
            with engine.connect() as connection:
                connection.exec_driver_sql("set statement_timeout = 0")
                begun.set()
                connection.exec_driver_sql(statement)
        except BaseException as error:
            failure.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    begun.wait(180)

    def ended() -> BaseException | None:
        thread.join(180)
        return failure[0] if failure else None

    return ended


@pytest.fixture
def own_engine(fresh_database: MigratedDatabase) -> Iterator[Callable[[str], Engine]]:
    made: list[Engine] = []

    def make(url: str) -> Engine:
        made.append(create_engine(url))
        return made[-1]

    yield make
    for engine in made:
        engine.dispose()


def test_a_statement_that_lifted_its_timeout_is_ended_and_nobody_elses_is(
    fresh_database: MigratedDatabase, own_engine: Callable[[str], Engine]
) -> None:
    ops = own_engine(fresh_database.ops_url)
    ended = outlive(own_engine(fresh_database.analyst_url), "select pg_sleep(600)")
    with own_engine(fresh_database.app_url).connect() as app:
        app.exec_driver_sql("select 1")  # and now it is idle in its transaction

        def keep() -> Any:
            with ops.begin() as connection:
                return connection.exec_driver_sql(
                    "select guard.keep_analyst(longest_statement => '100 milliseconds')"
                ).scalar()

        assert wait_for(keep) == ["1 sessions"]
        assert isinstance(ended(), OperationalError)
        assert app.exec_driver_sql("select 1").scalar() == 1


def test_a_transaction_that_stays_open_is_ended(
    fresh_database: MigratedDatabase, own_engine: Callable[[str], Engine]
) -> None:
    """It keeps what was deleted from being cleaned up, and changes of tables waiting."""
    ops = own_engine(fresh_database.ops_url)
    keep = "select guard.keep_analyst('1 hour', '0 seconds')"
    with own_engine(fresh_database.analyst_url).connect() as analyst:
        analyst.exec_driver_sql("select count(*) from customers")
        with ops.begin() as connection:
            assert connection.exec_driver_sql(keep).scalar() == ["1 sessions"]
        with pytest.raises(OperationalError):
            analyst.exec_driver_sql("select 1")


def test_beat_keeps_it_and_says_once_where_it_cannot(
    fresh_database: MigratedDatabase, caplog: pytest.LogCaptureFixture
) -> None:
    engine = make_engine(fresh_database.ops_url, pool_size=1)
    superuser = create_engine(fresh_database.superuser_url)
    guard = AnalystGuard(make_session_factory(engine))
    guard.tick()
    assert caplog.messages == []
    with superuser.begin() as connection:
        connection.exec_driver_sql("drop schema guard cascade")
    guard.tick()
    guard.tick()
    assert caplog.messages == ["analyst_unguarded"]
    assert caplog.records[0].__dict__["hint"] == "run python -m db.roles"
    for one in (engine, superuser):
        one.dispose()


@pytest.fixture
def unlimited_holder(
    fresh_database: MigratedDatabase, own_engine: Callable[[str], Engine]
) -> Iterator[Connection]:
    """A session of the analyst's that no timeout of its own ends."""
    with own_engine(fresh_database.analyst_url).connect() as connection:
        for statement in LIFTED:
            connection.exec_driver_sql(statement)
        connection.commit()
        yield connection
        connection.invalidate()


class OneRound(threading.Event):
    """Set as soon as somebody waits for it."""

    def wait(self, _timeout: float | None = None) -> bool:
        self.set()
        return True


@pytest.fixture
def run_beat(
    as_superuser: Connection,
    fresh_database: MigratedDatabase,
    own_engine: Callable[[str], Engine],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> Callable[[], bool]:
    """One round of beat, which finds the analyst's password changed; answers whether it came to its
    end. Nothing of it is committed: the guard works inside of the superuser's transaction."""
    monkeypatch.setenv("HEARTBEAT_FOLDER", str(tmp_path))
    as_superuser.exec_driver_sql("alter role comeback_analyst_password password 'another'")
    as_superuser.exec_driver_sql("set local statement_timeout = '20s'")
    inside = sessionmaker(as_superuser, class_=GymSession, join_transaction_mode="create_savepoint")
    beats = Beat(make_session_factory(own_engine(fresh_database.ops_url)))

    def run_once() -> bool:
        run(beats, AnalystGuard(inside), OneRound())
        return is_alive("beat")

    return run_once


@pytest.mark.parametrize(
    "change",
    [
        "alter role comeback_analyst password 'mine'",
        "alter role comeback_analyst set work_mem = '1GB'",
        "alter role comeback_analyst in database postgres set work_mem = '1GB'",
    ],
)
def test_a_change_of_itself_that_it_never_commits_is_ended_and_beat_goes_on(
    unlimited_holder: Connection,
    run_beat: Callable[[], bool],
    caplog: pytest.LogCaptureFixture,
    change: str,
) -> None:
    unlimited_holder.exec_driver_sql(change)
    assert run_beat()
    assert caplog.messages == ["analyst_kept"]
    assert caplog.records[0].__dict__["done"] == ["1 sessions", "password"]
    with pytest.raises(OperationalError):
        unlimited_holder.exec_driver_sql("select 1")


def test_beat_goes_on_where_the_role_cannot_be_put_back(
    fresh_database: MigratedDatabase,
    own_engine: Callable[[str], Engine],
    run_beat: Callable[[], bool],
    caplog: pytest.LogCaptureFixture,
) -> None:
    with own_engine(fresh_database.superuser_url).connect() as other:
        other.exec_driver_sql("alter role comeback_analyst password 'theirs'")
        assert run_beat()
    assert caplog.messages == ["analyst_not_kept"]
    assert caplog.records[0].__dict__["error"] == "LockNotAvailable"
