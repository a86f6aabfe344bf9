"""Engines and sessions. A session that is scoped to a gym sets it in every transaction."""

import select
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import psycopg2
from sqlalchemy import Connection, Dialect, Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.exc import DBAPIError, InvalidatePoolError
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from db.actor import Actor
from db.cache_version import keep_versions, mark_on
from db.member_facts import guard_member_facts
from db.member_words import keep_member_words
from db.types import GymId

POOL_SIZE = (
    40  # also how many requests `api.kit.admission` lets in: each has a place and a connection
)
_IDLE = 5.0
"""Seconds. Something between the two may have cut what was idle for longer, and told nobody."""


class GymSession(Session):
    """A session whose `info["gym_id"]`, when set, scopes every transaction to that gym. With
    `info["actor"]`, the audit log says who wrote; with `info["is_suspended"]`, nothing is written.

    Without a gym the policies show no row of any tenant table and raise nothing. What such a
    session writes moves the gym's versions on (`db.cache_version`), and members that it writes get
    their search words.
    """

    def enter_gym(self, gym_id: GymId) -> None:
        """Scope this session, also the transaction it may be in, to one gym."""
        self._stay_in(gym_id)
        if self.in_transaction():
            self._scope(self.connection())

    def enter_platform(self) -> None:
        """Go on in no gym, as the role that sees every gym: for a super admin, and nobody else.

        What was read before is in another transaction, of another role.
        """
        self.rollback()
        self.info.pop("gym_id", None)
        self.bind = self.info["platform"]

    @property
    def knows_platform(self) -> bool:
        """Whether this process was given that role."""
        return self.info.get("platform") is not None

    def note_entered(self, gym_id: GymId, actor: Actor, *, is_suspended: bool) -> None:
        """`begin_request` has scoped the transaction: those that follow are scoped alike."""
        self._stay_in(gym_id)
        self.info |= {"actor": actor, "is_suspended": is_suspended}
        self._mark(self.connection())

    def _stay_in(self, gym_id: GymId) -> None:
        if self.in_transaction() and self.info.get("gym_id", gym_id) != gym_id:
            raise RuntimeError("a transaction stays in one gym")
        self.info["gym_id"] = gym_id

    def _scope(self, connection: Connection) -> None:
        gym_id = str(int(self.info["gym_id"]))
        connection.exec_driver_sql("select set_config('app.gym_id', %s, true)", (gym_id,))
        if (actor := self.info.get("actor")) is not None:
            actor.enter(connection)
        if self.info.get("is_suspended"):
            connection.exec_driver_sql("set transaction read only")
        self._mark(connection)

    def _mark(self, connection: Connection) -> None:
        if not (self.info.get("only_reads") or self.info.get("is_suspended")):
            mark_on(connection, self.info["gym_id"])


event.listen(GymSession, "after_flush", keep_member_words)


@event.listens_for(GymSession, "after_begin")
def _scope_transaction(
    session: GymSession, _transaction: SessionTransaction, connection: Connection
) -> None:
    if session.info.get("gym_id") is not None:
        session._scope(connection)


def make_engine(
    url: str, *, pool_size: int = POOL_SIZE, statement_timeout_ms: int = 5_000
) -> Engine:
    """Make an engine whose connections are checked before use and cannot wait for ever.

    `statement_timeout_ms=0` is for jobs: they may run long.
    """
    options = (
        f"-c statement_timeout={statement_timeout_ms} -c timezone=UTC"
        " -c idle_in_transaction_session_timeout=60000"
    )
    if statement_timeout_ms:
        options += " -c lock_timeout=4000"
    engine = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=5,
        pool_recycle=1800,
        connect_args={"options": options, "connect_timeout": 5},
    )
    event.listen(engine, "checkin", _note_time)
    event.listen(engine, "checkout", partial(_check_alive, engine.dialect))
    keep_versions(engine)
    guard_member_facts(engine)
    return engine


def _note_time(_connection: DBAPIConnection | None, record: ConnectionPoolEntry) -> None:
    record.info["used_at"] = time.monotonic()


def _check_alive(
    dialect: Dialect, connection: DBAPIConnection, record: ConnectionPoolEntry, _proxy: Any
) -> None:
    """In place of SQLAlchemy's ping, which costs a round trip each time: a server that went away
    has closed the connection, so that it can be read from. One that was idle is asked as well."""
    used_at = record.info.get("used_at")
    if used_at is None:
        return
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    if poll.poll(0):
        raise InvalidatePoolError
    if time.monotonic() - used_at > _IDLE:
        try:
            dialect.do_ping(connection)
        except dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


@contextmanager
def open_cursor(engine: Engine) -> Iterator[DBAPICursor]:
    """A transaction on a connection of the pool without what SQLAlchemy does around a statement,
    two fifths of the processor time of a short one. Nothing guards the facts of members in it or
    moves versions on: its SQL does. Raises SQLAlchemy's errors."""
    try:
        connection = engine.raw_connection()
        try:
            yield connection.cursor()
            connection.commit()
        finally:
            connection.close()  # the pool undoes what was not committed
    except psycopg2.Error as error:
        raise DBAPIError.instance(None, None, error, psycopg2.Error) from error


def make_session_factory(
    engine: Engine, *, platform: Engine | None = None
) -> sessionmaker[GymSession]:
    """Sessions as the engine's role. `platform` is that of `enter_platform`."""
    return sessionmaker(
        engine, class_=GymSession, expire_on_commit=False, info={"platform": platform}
    )


def make_reading_factory(
    engine: Engine, *, platform: Engine | None = None
) -> sessionmaker[GymSession]:
    """Read-only sessions in which all statements see one snapshot."""
    whole = None if platform is None else _only_reading(platform)
    return sessionmaker(
        _only_reading(engine),
        class_=GymSession,
        expire_on_commit=False,
        info={"only_reads": True, "platform": whole},
    )


def _only_reading(engine: Engine) -> Engine:
    return engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)


@contextmanager
def session_scope(
    factory: sessionmaker[GymSession],
    gym_id: GymId | None = None,
    *,
    actor: Actor | None = None,
) -> Iterator[GymSession]:
    """One unit of work of a script or worker: commits at the end, rolls back on any error."""
    info: dict[str, Any] = {} if gym_id is None else {"gym_id": gym_id, "actor": actor}
    with factory(info=info) as session, session.begin():
        yield session
