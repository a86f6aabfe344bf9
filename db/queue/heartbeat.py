"""A file that a working process touches, for health checks.

`python -m db.queue.heartbeat NAME` exits 0 if the process of this name worked within the last
minute.
"""

import logging
import os
import sys
import time
from pathlib import Path
from tempfile import gettempdir

STALE_SECONDS = 60.0

log = logging.getLogger("heartbeat")


def heartbeat_file(name: str) -> Path:
    """Read from the environment itself: a health check runs often, and settings load slowly."""
    folder = os.environ.get("HEARTBEAT_FOLDER") or gettempdir()
    return Path(folder) / f"comeback-{name}-{os.getuid()}.heartbeat"


def beat(name: str) -> None:
    try:
        heartbeat_file(name).touch()
    except OSError as error:
        log.warning("no_heartbeat", extra={"error": type(error).__name__})


def is_alive(name: str) -> bool:
    """Whether a process of this name on this machine worked within the last minute."""
    try:
        age = time.time() - heartbeat_file(name).stat().st_mtime
    except OSError:
        return False
    return age < STALE_SECONDS


if __name__ == "__main__":
    sys.exit(0 if is_alive(sys.argv[1]) else 1)
