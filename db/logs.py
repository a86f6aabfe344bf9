"""Logs: one JSON object a line on stderr. No names, addresses, texts or tokens belong there."""

import json
import logging
import sys
import traceback
from collections.abc import Iterator
from datetime import UTC, datetime

from psycopg2 import Error as DriverError
from pydantic import ValidationError
from sqlalchemy.exc import DBAPIError, StatementError

# What a LogRecord has by itself; whatever else is on it was passed as `extra`.
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {
    "message",
    "asctime",
    "color_message",
    "taskName",
    "data",  # Celery's: a whole message, of any gym
}

# Their text holds the statement and its values, the row that clashes, or what was typed.
_WITH_VALUES = (StatementError, DriverError, ValidationError)


class JsonFormatter(logging.Formatter):
    """Writes time, level, logger, message, everything passed as `extra`, and the error."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {key: value for key, value in vars(record).items() if key not in _STANDARD}
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = self._describe(record.exc_info[1])
        return json.dumps(line, default=str)

    def _describe(self, error: BaseException) -> str:
        chain = list(_list_causes(error))
        if not any(isinstance(one, _WITH_VALUES) for one in chain):
            return "".join(traceback.format_exception(error))
        return "\n".join(
            "".join(traceback.format_tb(one.__traceback__)) + format_error(one)
            for one in reversed(chain)
        )


def _list_causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def format_error(error: BaseException) -> str:
    """What went wrong, for logs and for rows that an analyst of all gyms may read: without the
    database's message, which holds values."""
    if isinstance(error, DBAPIError):
        constraint = getattr(getattr(error.orig, "diag", None), "constraint_name", None)
        name = f"{type(error).__name__}: {type(error.orig).__name__}"
        return f"{name} ({constraint})" if constraint else name
    if isinstance(error, _WITH_VALUES):
        return type(error).__name__
    return f"{type(error).__name__}: {error}"[:2000]


def configure_json_logs(level: str) -> logging.Handler:
    """Send every log of this process to stderr as JSON. For the process's start, not for tests."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    return handler
