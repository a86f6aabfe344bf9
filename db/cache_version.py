"""A gym's generation moves on with every commit that wrote rows of the gym, in that very commit.

Responses are cached under it. The number is in PostgreSQL and becomes visible together with the
rows, so no cache can show a figure as new that is not: one that was stopped, emptied or restored
only costs the time to compute.

The gym's row is locked by the last statement before COMMIT, so a long transaction keeps nobody
waiting. That also keeps the order of locks: a transaction that changes a gym's own row must take
every other lock first, since everybody else takes this one last.
"""

from sqlalchemy import Connection, Engine, event
from sqlalchemy.orm import Session

_MARKED = "changed_gyms"

# Microseconds, and not a count from 1: after a restore, or in a new database, no number comes that
# was used before. What wrote nothing has no transaction id, so a
# transaction that only read neither locks nor changes the row.
_MOVE_ON = """
update gyms
set generation = greatest(generation + 1, (extract(epoch from clock_timestamp()) * 1000000)::bigint)
where gym_id = any(%s) and pg_current_xact_id_if_assigned() is not null
"""


def mark_changed(session: Session, gym_id: int) -> None:
    """The transaction writes rows of this gym. A session that is scoped to the gym does this by
    itself."""
    mark_on(session.connection(), gym_id)


def mark_on(connection: Connection, gym_id: int) -> None:
    connection.info.setdefault(_MARKED, set()).add(int(gym_id))


def keep_generations(engine: Engine) -> None:
    """Move the generation of every marked gym on when a transaction of this engine commits.

    At the connection, not the session: a savepoint is no commit there, all has been flushed, and
    SQL past the ORM counts as well.
    """
    event.listen(engine, "begin", _forget)
    event.listen(engine, "commit", _move_on)


def _forget(connection: Connection) -> None:
    connection.info.pop(_MARKED, None)


def _move_on(connection: Connection) -> None:
    gym_ids = connection.info.pop(_MARKED, None)
    if gym_ids:
        connection.exec_driver_sql(_MOVE_ON, (sorted(gym_ids),))
