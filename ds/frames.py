"""Frames out of and into PostgreSQL by COPY, which is several times faster than rows."""

import io
from typing import Any

import pandas as pd
from psycopg2.extensions import connection as PsycopgConnection
from psycopg2.sql import SQL, Identifier
from sqlalchemy.orm import Session

from db.planning import MANY_ROWS, plan_for_many


def _raw(session: Session) -> PsycopgConnection:
    """The driver's connection of the session's own transaction."""
    connection: Any = session.connection().connection.driver_connection
    return connection  # type: ignore[no-any-return]


def read_frame(
    session: Session, query: str, parameters: dict[str, Any], *, dates: list[str]
) -> pd.DataFrame:
    """Run a SELECT with `%(name)s` parameters; the columns in `dates` become days, the rest is
    typed by its looks.

    A gym is read whole, also right after a load, when PostgreSQL may take it for empty.
    """
    buffer = io.BytesIO()
    with plan_for_many(session, MANY_ROWS), _raw(session).cursor() as cursor:
        select = cursor.mogrify(query, parameters).decode()
        cursor.copy_expert(f"copy ({select}) to stdout with (format csv, header)", buffer)
    buffer.seek(0)
    frame = pd.read_csv(buffer)
    for column in dates:
        frame[column] = pd.to_datetime(frame[column], format="%Y-%m-%d").astype("datetime64[s]")
    return frame


def write_frame(session: Session, table: str, frame: pd.DataFrame) -> None:
    """Append a frame to a table whose columns have the frame's names, inside the transaction."""
    buffer = io.StringIO()
    frame.to_csv(buffer, index=False, header=False)
    buffer.seek(0)
    columns = SQL(", ").join(map(Identifier, frame.columns))
    statement = SQL("copy {} ({}) from stdin with (format csv)").format(Identifier(table), columns)
    with _raw(session).cursor() as cursor:
        cursor.copy_expert(statement, buffer)
