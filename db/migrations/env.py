"""Alembic's entry: uses the connection it is handed, or opens the migrator's URL."""

from alembic import context
from sqlalchemy import Connection, create_engine

from db.models import Base
from db.settings import DatabaseSettings


def _run(connection: Connection) -> None:
    context.configure(
        connection=connection, target_metadata=Base.metadata, compare_server_default=True
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    with create_engine(DatabaseSettings().migrator_database_url).begin() as opened:
        _run(opened)
