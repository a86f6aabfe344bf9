"""`python -m db.queue.relay`: dispatches due mails and jobs to workers, by number, through the
broker.

Run one, or two side by side. `python -m db.queue.heartbeat relay` checks it.
"""

import logging
import threading
from datetime import timedelta

from celery import Celery
from kombu import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import sessionmaker

from db.queue.broker import count_waiting, declare, make_app
from db.queue.daemon import open_daemon
from db.queue.dispatch import SOURCES, DispatchSource, DueRow, lock_due, mark_dispatched
from db.queue.heartbeat import beat
from db.session import GymSession, session_scope
from db.settings import RelaySettings, read_or_exit

POLL_SECONDS = 0.2
BATCH = 20
"""Rows published in one transaction: workers wait for its end before they can claim them."""
MAX_PAUSE = 5.0

log = logging.getLogger("relay")


class BrokerUnavailable(Exception):
    """The broker did not take a message, or cannot be reached."""


class Relay:
    """`step` dispatches what is due; it raises when the broker or the database is unavailable."""

    def __init__(
        self, factory: sessionmaker[GymSession], app: Celery, *, repeat_after: timedelta
    ) -> None:
        self._factory = factory
        self._app = app
        self._repeat_after = repeat_after
        self._connection: Connection | None = None

    def step(self) -> int:
        """Dispatch one batch of each kind; return the number of rows."""
        return sum(self._serve(source) for source in SOURCES)

    def close(self) -> None:
        """Disconnect from the broker; the next step connects again."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.release()

    def _serve(self, source: DispatchSource) -> int:
        room = min(BATCH, source.max_waiting - self._count_waiting(source))
        if room <= 0:
            return 0
        failure: BrokerUnavailable | None = None
        with session_scope(self._factory) as session:
            sent = []
            for due in lock_due(session, source, room):
                try:
                    self._publish(source, due)
                except BrokerUnavailable as error:
                    failure = error
                    break
                sent.append(due.row_id)
            if sent:
                mark_dispatched(session, source, sent, self._repeat_after)
        if failure is not None:
            raise failure
        return len(sent)

    def _connect(self) -> Connection:
        if self._connection is None:
            connection = self._app.connection_for_write()
            try:
                connection.ensure_connection(max_retries=1, timeout=2)
                declare(connection)
            except Exception:
                connection.release()
                raise
            self._connection = connection
        return self._connection

    def _count_waiting(self, source: DispatchSource) -> int:
        try:
            return count_waiting(self._connect(), source.queue)
        except Exception as error:  # each transport has errors of its own
            raise BrokerUnavailable(type(error).__name__) from error

    def _publish(self, source: DispatchSource, due: DueRow) -> None:
        """Returns once the broker has the message."""
        try:
            with self._app.amqp.Producer(self._connect(), auto_declare=False) as producer:
                self._app.send_task(
                    source.task,
                    args=(due.row_id, due.gym_id),
                    queue=source.queue,
                    producer=producer,
                    retry=False,
                )
        except Exception as error:
            raise BrokerUnavailable(type(error).__name__) from error


def run(relay: Relay, stop: threading.Event) -> None:
    """Dispatch until `stop` is set. An unavailable broker or database is waited for."""
    trouble = 0
    while not stop.is_set():
        try:
            number = relay.step()
            if trouble:
                log.info("resumed")
            trouble = 0
        except (BrokerUnavailable, DBAPIError, PoolTimeout) as error:
            trouble += 1
            event = (
                "broker_unavailable"
                if isinstance(error, BrokerUnavailable)
                else "database_unavailable"
            )
            reason = str(error) if isinstance(error, BrokerUnavailable) else type(error).__name__
            log.warning(event, extra={"error": reason})
            relay.close()
            stop.wait(min(POLL_SECONDS * 2 ** min(trouble, 6), MAX_PAUSE))
            continue
        beat("relay")
        if not number:
            stop.wait(POLL_SECONDS)
    relay.close()


def main() -> None:
    settings = read_or_exit(RelaySettings, "db.queue.relay")
    with open_daemon(settings, log, pool_size=2) as (factory, stop):
        repeat_after = timedelta(seconds=settings.relay_repeat_seconds)
        run(Relay(factory, make_app(settings.broker_url), repeat_after=repeat_after), stop)


if __name__ == "__main__":
    main()
