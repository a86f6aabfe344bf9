"""Rows into tables by COPY, PostgreSQL's fastest way in."""

from collections.abc import Iterable, Sequence
from io import StringIO
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from db.member_facts import check_statement

_ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


def format_row(values: Iterable[object]) -> str:
    """A line of COPY's text format; None becomes NULL."""
    return "\t".join("\\N" if value is None else str(value).translate(_ESCAPES) for value in values)


def copy_lines(session: Session, table: str, columns: Sequence[str], lines: Sequence[str]) -> int:
    """Write lines of COPY's text format in the session's transaction; return how many."""
    if not lines:
        return 0
    session.flush()
    target = f"copy {table} ({', '.join(columns)}) from stdin"
    check_statement(session.connection(), target)
    connection: Any = session.connection().connection.driver_connection
    with connection.cursor() as cursor:
        cursor.copy_expert(target, StringIO("\n".join(lines) + "\n"))
    return len(lines)


def copy_rows(
    session: Session, table: str, columns: Sequence[str], rows: Iterable[Iterable[object]]
) -> int:
    return copy_lines(session, table, columns, [format_row(row) for row in rows])


def reserve_ids(session: Session, table: str, column: str, count: int) -> list[int]:
    """Take keys from a table's sequence, so that rows that refer to each other go in by COPY."""
    statement = text(
        "select nextval(pg_get_serial_sequence(:table, :column)) from generate_series(1, :count)"
    )
    parameters = {"table": table, "column": column, "count": count}
    return list(session.execute(statement, parameters).scalars())
