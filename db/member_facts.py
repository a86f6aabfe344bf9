"""A member's facts are written inside `db.stats.member_changes.changing_members`, nowhere else.

What is stored of members besides (statistics, status, visits by hour) follows from their facts, the
rows of every model that is a `MemberFact`. A write outside is refused before it reaches the
database, in production as well: a figure that has become wrong is found by nobody, and looking at a
statement that was seen before takes less than a microsecond.

It is seen at the connection, whoever made the statement: a flush, a Core or a text statement. Not
seen is what a driver's own cursor does, which is why `etl.bulk_insert` asks, and what a function
of the database does. Of a statement only the table is seen; of a flush, whose facts it writes.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any

from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from db.base import Base, MemberFact
from db.models.check_in import CheckIn
from db.models.member import Member

_OPEN = "member_changes"
_INSERT_LOOKED_AT = 5_000
"""Characters: an INSERT of many rows says at its beginning where they go."""
_FREELY = object()
_WRITTEN_TABLE = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?|copy)"
    r'\s+(?:only\s+)?(?:"?public"?\.)?"?(\w+)',
    re.IGNORECASE,
)


class WrittenOutside(RuntimeError):
    """A programming mistake: see `changing_members`."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} written outside of changing_members")


@dataclass
class FactsWritten:
    """What a block of `changing_members` has written so far."""

    found: set[int] = field(default_factory=set)
    """Whose facts may be written: members held by a lock, or new."""
    flushed: set[int] = field(default_factory=set)
    """Whose facts flushes wrote."""
    tables: set[str] = field(default_factory=set)
    tables_of_statements: set[str] = field(default_factory=set)
    """Those of them that something else than a flush wrote."""
    is_flushing: bool = False
    came: list[datetime] = field(default_factory=list)
    gone: list[datetime] = field(default_factory=list)


@cache
def _list_fact_tables() -> frozenset[str]:
    return frozenset(
        str(mapper.local_table.description)
        for mapper in Base.registry.mappers
        if issubclass(mapper.class_, MemberFact)
    )


@lru_cache(maxsize=2_000)
def find_facts_written(statement: str) -> frozenset[str]:
    """The tables of members' facts that a statement writes, also inside a WITH."""
    written = frozenset(name.lower() for name in _WRITTEN_TABLE.findall(statement))
    return written & _list_fact_tables()


def check_statement(connection: Connection, statement: str) -> None:
    """Raises `WrittenOutside`. For what reaches the database by a driver's cursor."""
    is_insert = statement[:20].lstrip().lower().startswith("insert")
    tables = find_facts_written(statement[:_INSERT_LOOKED_AT] if is_insert else statement)
    if not tables:
        return
    written = connection.info.get(_OPEN)
    if written is None:
        raise WrittenOutside(", ".join(sorted(tables)))
    if isinstance(written, FactsWritten):
        written.tables |= tables
        if not written.is_flushing:
            written.tables_of_statements |= tables


def guard_member_facts(engine: Engine) -> None:
    """Refuse what connections of this engine write outside."""

    def check(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        check_statement(connection, statement)

    def forget(connection: Connection) -> None:
        connection.info[_OPEN] = None

    event.listen(engine, "begin", forget)
    event.listen(engine, "before_cursor_execute", check)


def writing_facts(session: Session, written: FactsWritten) -> AbstractContextManager[None]:
    """Let facts be written, and note which. For `changing_members` only."""
    return _opened(session, written)


def writing_no_facts(session: Session) -> AbstractContextManager[None]:
    """Let columns be written that stand beside facts, and from which nothing follows."""
    return _opened(session, _FREELY)


def write_freely(writer: Session | Connection) -> None:
    """For the rest of the transaction nothing follows from facts that are written: whole gyms go,
    or a test plants rows."""
    connection = writer if isinstance(writer, Connection) else writer.connection()
    connection.info[_OPEN] = _FREELY


@contextmanager
def _opened(session: Session, value: object) -> Iterator[None]:
    info = session.connection().info
    if _OPEN not in info:
        raise RuntimeError("the engine was not made by make_engine: nobody would notice writes")
    before = info[_OPEN]
    info[_OPEN] = value
    try:
        yield
    finally:
        info[_OPEN] = before


def find_open(session: Session) -> FactsWritten | None:
    """The block that the session is in."""
    written = session.connection().info.get(_OPEN)
    return written if isinstance(written, FactsWritten) else None


def note_flush(session: Session, *_: object) -> None:
    written = find_open(session)
    if written is not None:
        written.is_flushing = True


def note_flushed(session: Session, _context: UOWTransaction) -> None:
    """After each flush: whose facts it wrote, and which visits came and went.

    Raises `WrittenOutside` for a member whom the open block does not hold, and `RuntimeError` for
    a visit that was moved to another time.
    """
    written = find_open(session)
    if written is None:
        return
    written.is_flushing = False
    for item in session.new:
        if isinstance(item, Member):
            written.found.add(item.member_id)
    changed = [item for item in session.dirty if session.is_modified(item)]
    for item in [*session.new, *session.deleted, *changed]:
        if not isinstance(item, MemberFact):
            continue
        if item.member_id not in written.found:
            raise WrittenOutside(f"{item!r} of a member who is not held, or")
        written.flushed.add(item.member_id)
    written.came += [visit.check_in for visit in session.new if isinstance(visit, CheckIn)]
    written.gone += [visit.check_in for visit in session.deleted if isinstance(visit, CheckIn)]
    for visit in changed:
        if isinstance(visit, CheckIn) and inspect(visit).attrs.check_in.history.has_changes():
            raise RuntimeError("a visit keeps its time: delete it, and add another one")


event.listen(Session, "before_flush", note_flush)
event.listen(Session, "after_flush", note_flushed)
