"""Connections of the pool: what has gone is replaced before anybody uses it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine
from sqlalchemy.exc import IntegrityError, OperationalError

from db import session as sessions
from db.session import make_engine, open_cursor
from tests.fixtures.postgres import MigratedDatabase


@pytest.fixture
def engine(database: MigratedDatabase) -> Iterator[Engine]:
    engine = make_engine(database.app_url, pool_size=1)
    yield engine
    engine.dispose()


def find_backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("select pg_backend_pid()").scalar_one())


def end_backend(database: MigratedDatabase, backend: int) -> None:
    superuser = create_engine(database.superuser_url)
    with superuser.connect() as connection:
        ended = connection.exec_driver_sql("select pg_terminate_backend(%s, 10000)", (backend,))
        assert ended.scalar_one()
    superuser.dispose()


def test_a_connection_that_the_server_closed_is_replaced_and_nobody_notices(
    engine: Engine, database: MigratedDatabase
) -> None:
    before = find_backend(engine)
    end_backend(database, before)
    assert find_backend(engine) != before


@pytest.mark.parametrize(("idle", "pings"), [(-1.0, 1), (3600.0, 0)])
def test_only_a_connection_that_was_idle_is_asked_whether_it_lives(
    engine: Engine, monkeypatch: pytest.MonkeyPatch, idle: float, pings: int
) -> None:
    asked: list[object] = []
    before = find_backend(engine)
    monkeypatch.setattr(sessions, "_IDLE", idle)
    ping = engine.dialect.do_ping
    monkeypatch.setattr(engine.dialect, "do_ping", lambda one: asked.append(one) or ping(one))
    assert find_backend(engine) == before
    assert len(asked) == pings


def test_an_idle_connection_that_does_not_answer_is_replaced(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = find_backend(engine)
    monkeypatch.setattr(sessions, "_IDLE", -1.0)

    def fail(_connection: object) -> bool:
        monkeypatch.setattr(sessions, "_IDLE", 3600.0)
        raise engine.dialect.loaded_dbapi.OperationalError("cut")

    monkeypatch.setattr(engine.dialect, "do_ping", fail)
    assert find_backend(engine) != before


class TestCursors:
    INSERT = "insert into notes values (%s)"

    @pytest.fixture(autouse=True)
    def table(self, engine: Engine) -> None:
        """Of the pool's only connection."""
        with engine.begin() as connection:
            connection.exec_driver_sql("create temporary table notes (text text not null)")

    def read(self, engine: Engine) -> list[str]:
        with engine.connect() as connection:
            return list(connection.exec_driver_sql("select text from notes").scalars())

    def test_what_is_done_by_one_is_one_transaction(self, engine: Engine) -> None:
        with open_cursor(engine) as database:
            database.execute(self.INSERT, ("first",))
            database.execute(self.INSERT, ("last",))
        assert self.read(engine) == ["first", "last"]

    def test_a_mistake_undoes_all_of_it_and_is_told_as_every_other(self, engine: Engine) -> None:
        with pytest.raises(IntegrityError, match="not-null"), open_cursor(engine) as database:
            database.executemany(self.INSERT, [("first",), (None,)])
        assert self.read(engine) == []

    def test_an_error_of_ones_own_undoes_all_of_it(self, engine: Engine) -> None:
        def fail() -> None:
            with open_cursor(engine) as database:
                database.execute(self.INSERT, ("first",))
                raise RuntimeError

        with pytest.raises(RuntimeError):
            fail()
        assert self.read(engine) == []


def test_a_connection_that_a_cursor_lost_is_not_lent_again(
    engine: Engine, database: MigratedDatabase
) -> None:
    before = find_backend(engine)

    def lose() -> None:
        with open_cursor(engine) as cursor:
            cursor.execute("select 1")
            end_backend(database, before)

    with pytest.raises(OperationalError):
        lose()
    assert find_backend(engine) != before


def test_a_server_that_is_not_there_is_told_as_every_other_failure(
    database: MigratedDatabase,
) -> None:
    nowhere = make_engine("postgresql+psycopg2://nobody@127.0.0.1:9/nothing", pool_size=1)
    with pytest.raises(OperationalError), open_cursor(nowhere):
        raise AssertionError("it connected")
