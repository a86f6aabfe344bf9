"""`python -m db.initialize`: from nothing to a database in use, and harmless after that."""

import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine

from db.initialize import InitializationFailed, initialize
from db.roles import make_roles
from db.settings import DatabaseSettings
from tests.contract.catalog import read_catalog, read_snapshot
from tests.fixtures.postgres import MigratedDatabase, Server


@pytest.fixture
def missing(postgres_server: Server) -> Iterator[MigratedDatabase]:
    """A database that does not exist yet."""
    database = postgres_server.database(f"comeback_test_{secrets.token_hex(6)}")
    yield database
    postgres_server.drop(database.name)


def settings_of(database: MigratedDatabase, **over: str | None) -> DatabaseSettings:
    urls: dict[str, str | None] = {
        "database_url": database.app_url,
        "ops_database_url": database.ops_url,
        "migrator_database_url": database.migrator_url,
        "analyst_database_url": database.analyst_url,
        "SUPERUSER_DATABASE_URL": database.superuser_url,
    }
    return DatabaseSettings(_env_file=None, **(urls | over))  # type: ignore[arg-type]


def test_from_nothing_and_again_changes_nothing(missing: MigratedDatabase) -> None:
    done = initialize(settings_of(missing))
    assert done == [
        f"database {missing.name} made",
        "roles ready",
        "tables, policies and views ready",
    ]
    engine = create_engine(missing.migrator_url)
    with engine.begin() as connection:
        first = read_catalog(connection)
        connection.exec_driver_sql(
            "insert into gyms (name, username, email, hashed_password, timezone, currency)"
            " values ('Kept', 'kept', 'kept@example.com', 'x', 'UTC', 'EUR')"
        )
    assert first["tables"].keys() == read_snapshot()["tables"].keys()

    assert initialize(settings_of(missing))[0] == "roles ready"
    with engine.connect() as connection:
        assert read_catalog(connection) == first
        assert connection.exec_driver_sql("select name from gyms").scalars().all() == ["Kept"]
    engine.dispose()


def test_roles_may_be_made_for_several_databases_at_once(
    make_database: Callable[[], MigratedDatabase],
) -> None:
    """Seen to fail without the lock: tuple concurrently updated."""

    def make(database: MigratedDatabase) -> None:
        engine = create_engine(database.superuser_url)
        for _ in range(5):
            with engine.begin() as connection:
                make_roles(connection, database.settings)
        engine.dispose()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(make, [make_database() for _ in range(4)]))


def test_without_a_superuser_the_roles_must_be_there(missing: MigratedDatabase) -> None:
    words = r"as migrator: .*SUPERUSER_DATABASE_URL"
    with pytest.raises(InitializationFailed, match=words) as said:
        initialize(settings_of(missing, SUPERUSER_DATABASE_URL=None))
    assert "\n" not in str(said.value)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://postgres:x@127.0.0.1:1/comeback", "as superuser: .*refused"),
        ("postgresql://postgres:x@127.0.0.1:1", "names no database"),
        ("nonsense", "as superuser: Could not parse"),
    ],
)
def test_a_wrong_address_is_one_line(missing: MigratedDatabase, url: str, words: str) -> None:
    with pytest.raises(InitializationFailed, match=words) as said:
        initialize(settings_of(missing, SUPERUSER_DATABASE_URL=url))
    assert "\n" not in str(said.value)
