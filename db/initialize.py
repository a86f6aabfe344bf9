"""Make a database ready in one go: `python -m db.initialize`.

With SUPERUSER_DATABASE_URL: the database, if it is missing, and the platform's roles. Then, as
comeback_migrator: tables, policies, functions and views. Running it again changes nothing.
"""

import sys

from alembic.util import CommandError
from sqlalchemy import create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from db.migrate import migrate
from db.roles import first_line, make_roles
from db.settings import DatabaseSettings, MigratorSettings, UnsafeStart, read_or_exit


class InitializationFailed(Exception):
    """One line: what is wrong, and what to do where that is known."""


def initialize(settings: DatabaseSettings) -> list[str]:
    """Do what is missing; return what was done, a line each. Raises `InitializationFailed`."""
    done = []
    superuser_url = settings.superuser_database_url
    if superuser_url is not None:
        try:
            if _make_database(superuser_url):
                done.append(f"database {make_url(superuser_url).database} made")
            engine = create_engine(superuser_url)
            with engine.begin() as connection:
                make_roles(connection, settings)
            engine.dispose()
        except (SQLAlchemyError, ArgumentError) as error:
            raise InitializationFailed(f"as superuser: {first_line(error)}") from error
        done.append("roles ready")
    try:
        migrate(settings.migrator_database_url)
    except (SQLAlchemyError, ArgumentError, CommandError) as error:
        hint = (
            ""
            if superuser_url
            else " (a new database needs SUPERUSER_DATABASE_URL, to make the roles)"
        )
        raise InitializationFailed(f"as migrator: {first_line(error)}{hint}") from error
    done.append("tables, policies and views ready")
    return done


def _make_database(url: str) -> bool:
    """Create the database that `url` names unless it exists; return whether it was created."""
    target = make_url(url)
    if target.database is None:
        raise InitializationFailed("SUPERUSER_DATABASE_URL names no database")
    engine = create_engine(target.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        known = connection.exec_driver_sql(
            "select 1 from pg_database where datname = %s", (target.database,)
        )
        is_missing = known.one_or_none() is None
        if is_missing:
            quote = connection.dialect.identifier_preparer.quote
            connection.exec_driver_sql(f"create database {quote(target.database)}")
    engine.dispose()
    return is_missing


def main() -> None:
    try:
        done = initialize(read_or_exit(MigratorSettings, "db.initialize"))
    except (InitializationFailed, UnsafeStart) as error:
        sys.exit(f"db.initialize: {error}")
    print("; ".join(done))


if __name__ == "__main__":
    main()
