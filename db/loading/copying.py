"""COPY of an endless row of tuples into a temporary table, in bounded memory.

COPY straight into a tenant table is refused under row-level security; a temporary table has no
policy, and the INSERT ... SELECT out of it obeys that of the gym.
"""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any

import psycopg2
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

_CHUNK = 1 << 16
_BATCH = 200


class _RowStream:
    """What COPY reads from. An exception raised by the rows is kept, because the driver would hide
    it."""

    def __init__(self, rows: Iterator[Sequence[object]]) -> None:
        self.count = 0
        self.failure: BaseException | None = None
        self._rows = rows
        self._buffer = io.StringIO()
        self._writer = csv.writer(self._buffer)

    def read(self, _size: int = -1) -> str:
        self._buffer.seek(0)
        self._buffer.truncate()
        try:
            while self._buffer.tell() < _CHUNK and (batch := list(islice(self._rows, _BATCH))):
                self._writer.writerows(batch)
                self.count += len(batch)
        except BaseException as failure:
            self.failure = failure
            raise
        return self._buffer.getvalue()


def copy_rows(session: Session, table: str, columns: str, rows: Iterable[Sequence[object]]) -> int:
    """Make the temporary `table` with `columns` (SQL) and fill it; return the number of rows."""
    session.execute(text(f"drop table if exists pg_temp.{table}"))
    session.execute(text(f"create temporary table {table} ({columns}) on commit drop"))
    names = ", ".join(column.split()[0] for column in columns.split(","))
    stream: Any = _RowStream(iter(rows))  # the driver asks for `read` only, its types for more
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg2.extensions.connection)
    with connection.cursor() as cursor:
        try:
            cursor.copy_expert(
                f"copy pg_temp.{table} ({names}) from stdin (format csv)", stream, _CHUNK
            )
        except psycopg2.Error as error:
            if stream.failure is not None:
                raise stream.failure from None
            # Raised as SQLAlchemy's error: callers handle those, not the driver's.
            raise DBAPIError.instance("copy", None, error, psycopg2.Error) from error
    session.execute(text(f"analyze pg_temp.{table}"))
    return int(stream.count)
