"""Make the platform's roles in a database: `python -m db.roles`, as its superuser.

SUPERUSER_DATABASE_URL names the database; each role gets the password in its own URL.
"""

import re
import sys
from pathlib import Path

from sqlalchemy import Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from db.settings import ROLES, DatabaseSettings, UnsafeStart, read_or_exit

ROLES_SQL = Path(__file__).with_name("init") / "roles.sql"


def make_roles(connection: Connection, settings: DatabaseSettings) -> None:
    """Make the roles and their rights on the connection's database; harmless when repeated, also
    for several databases of a server at once, in a transaction. Raises `UnsafeStart` in production
    rather than set a guessable password."""
    if settings.is_production and (unsafe := settings.list_placeholders(ROLES)):
        raise UnsafeStart("; ".join(unsafe))
    literals = {
        "migrator_password": _read_password(settings.migrator_database_url),
        "app_password": _read_password(settings.database_url),
        "ops_password": _read_password(settings.ops_database_url),
        "analyst_password": _read_password(settings.analyst_database_url),
    }
    database = connection.exec_driver_sql("select current_database()").scalar_one()
    quote = connection.dialect.identifier_preparer.quote
    sql = ROLES_SQL.read_text().replace(':"database"', quote(database))
    for name, value in literals.items():
        sql = sql.replace(f":'{name}'", "'" + value.replace("'", "''") + "'")
    sql = re.sub(r"^--.*$", "", sql, flags=re.MULTILINE)
    # Roles are the whole server's, and PostgreSQL refuses to change one in two places at once.
    connection.exec_driver_sql("lock table pg_catalog.pg_authid in share row exclusive mode")
    connection.exec_driver_sql(sql.replace("%", "%%"))


def _read_password(url: str) -> str:
    password = make_url(url).password
    if not password:
        raise SystemExit(f"db.roles: the URL of {make_url(url).username} has no password")
    return str(password)


def first_line(error: Exception) -> str:
    """The database's reason. The error itself holds the statement, and with it the passwords."""
    cause = getattr(error, "orig", None) or error
    return str(cause).strip().partition("\n")[0]


def main() -> None:
    settings = read_or_exit(DatabaseSettings, "db.roles")
    if settings.superuser_database_url is None:
        sys.exit("db.roles: set SUPERUSER_DATABASE_URL to a superuser of the database")
    try:
        engine = create_engine(settings.superuser_database_url)
        with engine.begin() as connection:
            make_roles(connection, settings)
        engine.dispose()
    except UnsafeStart as refusal:
        sys.exit(f"db.roles: {refusal}")
    except (SQLAlchemyError, ArgumentError) as error:
        sys.exit(f"db.roles: {first_line(error)}")


if __name__ == "__main__":
    main()
