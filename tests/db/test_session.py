"""Connections of the pool: what has gone is replaced before anybody uses it."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, create_engine

from db import session as sessions
from db.session import make_engine
from tests.fixtures.postgres import MigratedDatabase


@pytest.fixture
def engine(database: MigratedDatabase) -> Iterator[Engine]:
    engine = make_engine(database.app_url, pool_size=1)
    yield engine
    engine.dispose()


def find_backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.exec_driver_sql("select pg_backend_pid()").scalar_one())


def test_a_connection_that_the_server_closed_is_replaced_and_nobody_notices(
    engine: Engine, database: MigratedDatabase
) -> None:
    before = find_backend(engine)
    superuser = create_engine(database.superuser_url)
    with superuser.connect() as connection:
        assert connection.exec_driver_sql(
            "select pg_terminate_backend(%s, 10000)", (before,)
        ).scalar_one()
    superuser.dispose()
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
