"""The API's logs: each line has the id of the request it belongs to."""

import logging
from contextvars import ContextVar

from db.logs import configure_json_logs

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def add_request_id(record: logging.LogRecord) -> bool:
    """A handler's filter: passes every record, with the request's id on it."""
    if (identifier := request_id.get()) is not None:
        record.request_id = identifier
    return True


def configure_logging(level: str) -> None:
    """Send every log, also uvicorn's, to stderr as JSON. For the process's start, not for tests."""
    configure_json_logs(level).addFilter(add_request_id)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True
    # uvicorn's own access log writes whole addresses, with query strings: ours replaces it.
    access = logging.getLogger("uvicorn.access")
    access.handlers = []
    access.propagate = False
