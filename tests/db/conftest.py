from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from alembic import command
from sqlalchemy import Connection, create_engine

from db.migrate import make_alembic_config
from tests.fixtures.postgres import MigratedDatabase


@pytest.fixture
def at_revision(
    fresh_database: MigratedDatabase,
) -> Callable[[str], AbstractContextManager[Connection]]:
    """The database as it was at an older revision, its policies included."""

    @contextmanager
    def go_back(revision: str) -> Iterator[Connection]:
        engine = create_engine(fresh_database.migrator_url)
        with engine.begin() as connection:
            config = make_alembic_config(fresh_database.migrator_url)
            config.attributes["connection"] = connection
            command.downgrade(config, revision)
            yield connection
        engine.dispose()

    return go_back
