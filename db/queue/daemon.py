"""A process that works as ops until it is stopped, such as beat and relay."""

import logging
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import sessionmaker

from db.logs import configure_json_logs
from db.session import GymSession, make_engine, make_session_factory
from db.settings import OpsSettings


@contextmanager
def open_daemon(
    settings: OpsSettings, log: logging.Logger, *, pool_size: int
) -> Iterator[tuple[sessionmaker[GymSession], threading.Event]]:
    """Its sessions, and an event that SIGTERM and Ctrl-C set: the block must end then."""
    configure_json_logs(settings.log_level)
    engine = make_engine(settings.ops_database_url, pool_size=pool_size)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("started")
    yield make_session_factory(engine), stop
    engine.dispose()
    log.info("stopped")
