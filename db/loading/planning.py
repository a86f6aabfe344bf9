"""Keep PostgreSQL from planning for few rows where an import has just written many.

It knows nothing yet of rows of the same transaction, and a role that does not own a table may not
let it look. Nested loops over what it takes for one row would run for hours.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import text
from sqlalchemy.orm import Session

MANY = 1_000
"""From here on, reading all members of a gym once is cheaper than looking each of them up."""


@contextmanager
def plan_for_many(session: Session, count: int) -> Iterator[None]:
    """While it lasts, joins read their tables once, if `count` members are many."""
    if count < MANY:
        yield
        return
    # What is switched off is priced so high that every statement would seem worth compiling.
    for setting in ("enable_nestloop", "jit"):
        session.execute(text(f"set local {setting} = off"))
    yield
    for setting in ("enable_nestloop", "jit"):
        session.execute(text(f"set local {setting} to default"))
