"""Each commit moves on the versions of the topics that it wrote rows of, for the gyms they are of.

Cached responses are kept under the versions of the topics that they read. Versions are in
PostgreSQL and become visible together with the rows, so no cache can show a figure as new that is
not: one that was stopped, emptied or restored only costs the time to compute.

They are written by the last statement before COMMIT: their row is the last lock of every
transaction, whatever else it holds, and a long one keeps nobody waiting. A scan at the desk
(`record_scan`) writes them with the visit, and afterwards locks nothing that others wait for.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from db.topics import Topic

_MARKED = "changed_gyms"
SLOTS = 16
"""In how many parts what all writers of a gym count together is kept."""
_MOVE_ON = "select move_versions(%s)"


def name_version(versions: Mapping[str, int], topics: Collection[Topic]) -> str:
    """The same text for the same rows of these topics, and for no others."""
    return " ".join(f"{topic}={versions[topic]}" for topic in Topic if topic in topics)


def mark_changed(session: Session, gym_id: int) -> None:
    """The transaction writes rows of this gym. A session that is scoped to the gym does this by
    itself."""
    mark_on(session.connection(), gym_id)


def mark_on(connection: Connection, gym_id: int) -> None:
    connection.info.setdefault(_MARKED, set()).add(int(gym_id))


def keep_versions(engine: Engine) -> None:
    """Move the versions of every marked gym on when a transaction of this engine commits.

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
        try:
            connection.exec_driver_sql(_MOVE_ON, (sorted(gym_ids),))
        except DBAPIError as error:
            # What fails in here SQLAlchemy takes for an end of the transaction, and it would lend
            # the connection to the next one inside of it, unless it is lost.
            if not error.connection_invalidated:
                connection.connection.rollback()
            raise
