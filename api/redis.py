"""Redis, if there is one: asked briefly, and left alone for a while once it did not answer.

Only what may be lost is there: cached answers and counts of requests. Whoever asks has another way.
"""

import logging
import math
import socket
import threading
import time
from collections.abc import Callable
from typing import Any, TypeVar

from redis import ConnectionPool, Redis
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

TIMEOUT = 0.2
"""Seconds for one connection or one read."""
DEADLINE = 0.5
"""Seconds for a whole question: a server that drips bytes answers each read in time."""
PAUSE = 5.0
"""Seconds for which Redis is not asked again after it failed."""

log = logging.getLogger("api.redis")

T = TypeVar("T")


class _Question(threading.local):
    """What this thread is asking, and until when."""

    ends_at = math.inf


_question = _Question()


class RedisAway(Exception):
    """Redis cannot be asked now."""


class _Socket:
    """Reads until the question ends, in however many pieces. redis-py's own timeout is for each."""

    def __init__(self, wrapped: socket.socket) -> None:
        self._wrapped = wrapped

    def recv(self, size: int) -> bytes:
        return self._hurry(lambda: self._wrapped.recv(size))

    def recv_into(self, buffer: bytearray) -> int:
        return self._hurry(lambda: self._wrapped.recv_into(buffer))

    def _hurry(self, read: Callable[[], T]) -> T:
        left = _question.ends_at - time.monotonic()
        if left <= 0:
            raise TimeoutError("Redis answers too slowly")
        usual = self._wrapped.gettimeout()
        self._wrapped.settimeout(left if usual is None else min(usual, left))
        try:
            return read()
        finally:
            self._wrapped.settimeout(usual)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._wrapped, name)


def _hurry(connection: type[Any]) -> type[Any]:
    """The same kind of connection, plain or TLS, whose reads end with the question."""

    class Hurried(connection):  # type: ignore[misc]
        def _connect(self) -> _Socket:
            return _Socket(super()._connect())

    return Hurried


class SharedRedis:
    """What all processes of the API share. One per application."""

    def __init__(self, url: str) -> None:
        pool = ConnectionPool.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        pool.connection_class = _hurry(pool.connection_class)
        self.client: Redis = Redis(connection_pool=pool)
        self._lock = threading.Lock()
        self._again_at: float | None = None

    def ask(self, question: Callable[[Redis], T]) -> T:
        """Raises `RedisAway`, at once while it is being left alone."""
        self._wait_for_turn()
        _question.ends_at = time.monotonic() + max(TIMEOUT, DEADLINE)
        try:
            answer = question(self.client)
        except ResponseError as error:  # it is there, and something else is under our key
            raise RedisAway from error
        except Exception as error:  # away, or what it answers is nothing that can be read
            self._leave_alone(error)
            raise RedisAway from error
        finally:
            _question.ends_at = math.inf
        if self._again_at is not None:
            self._again_at = None
            log.info("redis_back")
        return answer

    def is_there(self) -> bool:
        try:
            return bool(self.ask(lambda redis: redis.ping()))
        except RedisAway:
            return False

    def close(self) -> None:
        self.client.close()

    def _wait_for_turn(self) -> None:
        if self._again_at is None:
            return
        with self._lock:
            if self._again_at is not None:
                if time.monotonic() < self._again_at:
                    raise RedisAway
                # One caller finds out; the others do without until it knows.
                self._again_at = time.monotonic() + PAUSE

    def _leave_alone(self, error: Exception) -> None:
        if self._again_at is None:
            log.warning("redis_away", extra={"error": type(error).__name__})
        self._again_at = time.monotonic() + PAUSE
