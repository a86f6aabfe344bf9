"""Bring a database to the newest schema: `python -m db.migrate`, as comeback_migrator.

Alembic to head, then policies, grants, functions, views, triggers. Again, it changes nothing.
"""

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import create_engine

from db.audit import apply_audit
from db.row_level_security import apply_access
from db.settings import MigratorSettings, read_or_exit
from db.topics import apply_topics

MIGRATIONS = Path(__file__).with_name("migrations")


def make_alembic_config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return config


def migrate(url: str) -> None:
    """Upgrade the database at `url`, which must name the migrator role."""
    engine = create_engine(url)
    with engine.begin() as connection:
        # Two migrators at once would trip over each other; the second waits and finds it done.
        connection.exec_driver_sql("select pg_advisory_xact_lock(4242)")
        config = make_alembic_config(url)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        apply_access(connection)
        apply_topics(connection)
        apply_audit(connection)
    engine.dispose()


if __name__ == "__main__":
    settings = read_or_exit(MigratorSettings, "db.migrate")
    try:
        migrate(settings.migrator_database_url)
    except CommandError as problem:  # a migration says what to do first
        sys.exit(f"db.migrate: {problem}")
