"""`python -m api.worker`; with `--healthcheck` it says by its exit code whether one works here."""

import argparse
import logging
import signal
import sys
import time
from types import FrameType

from api.providers.email.configured import make_email_provider
from api.settings import Settings
from api.startup import UnsafeStart, check_database, read_settings
from api.worker.loop import Worker
from db.logs import write_json_lines
from db.session import make_engine, make_session_factory

log = logging.getLogger("worker")
STALE_SECONDS = 60.0


def is_healthy(settings: Settings) -> bool:
    """A worker on this machine reached the database within the last minute."""
    try:
        age = time.time() - settings.worker_heartbeat.stat().st_mtime
    except OSError:
        return False
    return age < STALE_SECONDS


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m api.worker", description=__doc__)
    parser.add_argument("--healthcheck", action="store_true", help="exit 0 if a worker works")
    arguments = parser.parse_args()
    try:
        settings = read_settings()
        if arguments.healthcheck:
            return 0 if is_healthy(settings) else 1
        check_database(settings)
    except UnsafeStart as refusal:
        print(f"api.worker: {refusal}", file=sys.stderr)
        return 1
    write_json_lines(settings.log_level)
    engine = make_engine(settings.database_url, pool_size=2)
    worker = Worker(make_session_factory(engine), make_email_provider(settings), settings)

    def stop(_signal: int, _frame: FrameType | None) -> None:
        worker.stop()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    log.info("started", extra={"email_problem": settings.email_problem})
    worker.run()
    engine.dispose()
    log.info("stopped")
    return 0


if __name__ == "__main__":
    sys.exit(main())
