"""A member's facts are written inside `db.stats.member_changes.changing_members`, nowhere else.

What is stored of members besides (statistics, status, visits by hour) follows from their facts, the
rows of every model that is a `MemberFact`. A write outside is refused before it reaches the
database, in production as well: looking at a statement costs less than a microsecond, and a figure
that has become wrong is found by nobody.

It is seen at the connection, whoever made the statement: a flush, a Core or a text statement. Not
seen is what a driver's own cursor does, which is why `etl.bulk_insert` asks, and what a function
of the database does.
"""

import re
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, event, inspect
from sqlalchemy.orm import Session, UOWTransaction

from db.base import Base, MemberFact
from db.models.check_in import CheckIn
from db.models.member import Member

_OPEN = "member_changes"
_LOOKED_AT = 5_000
"""Characters of a statement: an INSERT of many rows says at its beginning where they go."""
_FREELY = object()
_WRITTEN_TABLE = re.compile(
    r"\b(?:insert\s+into|update|delete\s+from|merge\s+into|truncate(?:\s+table)?|copy)"
    r'\s+(?:only\s+)?(?:public\.)?"?(\w+)',
    re.IGNORECASE,
)


class WrittenOutside(RuntimeError):
    """A programming mistake: see `changing_members`."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} written outside of changing_members")


@dataclass
class FactsWritten:
    """What a block of `changing_members` has written so far."""

    member_ids: set[int] = field(default_factory=set)
    """Whose facts may be written: held by a lock, or new."""
    tables: set[str] = field(default_factory=set)
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
    tables = find_facts_written(statement[:_LOOKED_AT])
    if not tables:
        return
    written = connection.info.get(_OPEN)
    if written is None:
        raise WrittenOutside(", ".join(sorted(tables)))
    if isinstance(written, FactsWritten):
        written.tables |= tables


def guard_member_facts(engine: Engine) -> None:
    """Refuse what connections of this engine write outside."""

    def check(connection: Connection, _cursor: Any, statement: str, *_: Any) -> None:
        check_statement(connection, statement)

    def forget(connection: Connection) -> None:
        connection.info[_OPEN] = None

    event.listen(engine, "begin", forget)
    event.listen(engine, "before_cursor_execute", check)


def open_facts(session: Session) -> AbstractContextManager[FactsWritten]:
    """Let facts be written, and note which. For `changing_members` only."""
    return _opened(session, FactsWritten())


def writing_caches(session: Session) -> AbstractContextManager[object]:
    """Let columns be written that stand beside facts and follow from them."""
    return _opened(session, _FREELY)


def write_freely(writer: Session | Connection) -> None:
    """For the rest of the transaction nothing follows from facts that are written: whole gyms go,
    or a test plants rows."""
    connection = writer if isinstance(writer, Connection) else writer.connection()
    connection.info[_OPEN] = _FREELY


Opened = TypeVar("Opened")


@contextmanager
def _opened(session: Session, value: Opened) -> Iterator[Opened]:
    info = session.connection().info
    if _OPEN not in info:
        raise RuntimeError("the engine was not made by make_engine: nobody would notice writes")
    before = info[_OPEN]
    info[_OPEN] = value
    try:
        yield value
    finally:
        info[_OPEN] = before


def find_open(session: Session) -> FactsWritten | None:
    """What the block that the session is in has written."""
    written = session.connection().info.get(_OPEN)
    return written if isinstance(written, FactsWritten) else None


def note_flushed(session: Session, _context: UOWTransaction) -> None:
    """After each flush: whose facts it wrote, and which visits came and went.

    Raises `WrittenOutside` for a member whom the open block does not hold.
    """
    written = find_open(session)
    if written is None:
        return
    for item in session.new:
        if isinstance(item, Member):
            written.member_ids.add(item.member_id)
    changed = [item for item in session.dirty if session.is_modified(item)]
    for item in [*session.new, *session.deleted, *changed]:
        if isinstance(item, MemberFact) and item.member_id not in written.member_ids:
            raise WrittenOutside(f"{item!r} of a member who is not held, or")
    written.came += [visit.check_in for visit in session.new if isinstance(visit, CheckIn)]
    written.gone += [visit.check_in for visit in session.deleted if isinstance(visit, CheckIn)]
    for visit in changed:
        if isinstance(visit, CheckIn):
            history = inspect(visit).attrs.check_in.history
            if history.has_changes():
                written.came += history.added
                written.gone += history.deleted


event.listen(Session, "after_flush", note_flushed)
