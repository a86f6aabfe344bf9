"""Keep PostgreSQL from planning for few rows where a load has just written many.

Until it has looked at the tables again it takes them for as small as they were, and nested loops
over what it takes for one row can run for hours. Autovacuum lets it look a minute later or more.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

MANY_ROWS = 1_000
"""From here on, reading all members of a gym once is cheaper than looking each of them up."""


@contextmanager
def plan_for_many(session: Session, count: int) -> Iterator[None]:
    """While it lasts, joins read their tables once, if `count` members are many."""
    if count < MANY_ROWS:
        yield
        return
    # What is switched off is priced so high that every statement would seem worth compiling.
    for setting in ("enable_nestloop", "jit"):
        session.execute(text(f"set local {setting} = off"))
    yield
    for setting in ("enable_nestloop", "jit"):
        session.execute(text(f"set local {setting} to default"))


def analyze_loaded(session: Session, count: int) -> None:
    """Let PostgreSQL look at the members' tables, if the `count` rows just written are many.

    At the end of a load, for later queries: it sees the transaction's own rows.
    """
    if count >= MANY_ROWS:
        session.execute(select(func.analyze_loaded()))
