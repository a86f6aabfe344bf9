"""Celery's broker in a folder, for a platform on one machine without RabbitMQ.

Kombu's own writes a message where readers already look for it, so that one may be read half
written. A message that a killed worker held is lost: the relay dispatches its row again.
"""

import logging
import os
from contextlib import suppress
from itertools import count
from pathlib import Path
from queue import Empty
from time import time_ns
from typing import Any

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

_numbers = count()

log = logging.getLogger("broker")


class Channel(filesystem.Channel):  # type: ignore[misc]
    """A folder for each queue, a file for each message, in the order in which they were written."""

    def _put(self, queue: str, payload: Any, **_: Any) -> None:
        folder = self._folder(queue)
        name = f"{time_ns():020d}-{os.getpid()}-{next(_numbers)}"
        hidden = folder / f".{name}"
        hidden.write_text(dumps(payload))
        hidden.rename(folder / name)

    def _get(self, queue: str) -> Any:
        folder = self._folder(queue)
        for name in self._names(queue):
            taken = folder / f".{name}.{os.getpid()}"
            try:
                (folder / name).rename(taken)
            except FileNotFoundError:  # another reader's now
                continue
            payload = taken.read_bytes()
            taken.unlink()
            message = _read(payload)
            if message is not None:
                return message
            log.error("message_unreadable", extra={"queue": queue})
        raise Empty

    def _size(self, queue: str) -> int:
        return len(self._names(queue))

    def _purge(self, queue: str) -> int:
        names = self._names(queue)
        for name in names:
            with suppress(FileNotFoundError):
                (self._folder(queue) / name).unlink()
        return len(names)

    def _names(self, queue: str) -> list[str]:
        return sorted(name for name in os.listdir(self._folder(queue)) if name[0] != ".")

    def _folder(self, queue: str) -> Path:
        folder = Path(self.data_folder_in) / queue
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _read(payload: bytes) -> Any:
    """The message, or None where the file holds none: after a power cut it may be empty. A worker
    that failed on it would exit, and the whole platform with it."""
    try:
        message = loads(payload)
        message["properties"]["delivery_tag"]
        is_message = isinstance(message["headers"], dict) and isinstance(message["body"], str)
    except (ValueError, TypeError, LookupError):
        return None
    return message if is_message else None


class Transport(filesystem.Transport):  # type: ignore[misc]
    Channel = Channel
