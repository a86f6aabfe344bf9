"""Redis, if there is one: asked briefly, and left alone for a while once it did not answer.

Only what may be lost is there: cached answers and counts of requests. Whoever asks has another way.
"""

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ResponseError
from redis.retry import Retry

TIMEOUT = 0.2
PAUSE = 5.0
"""Seconds for which Redis is not asked again after it failed."""

log = logging.getLogger("api.kit.redis")

T = TypeVar("T")


class RedisAway(Exception):
    """Redis cannot be asked now."""


class SharedRedis:
    """What all processes of the API share. One per application."""

    def __init__(self, url: str) -> None:
        self.client: Redis = Redis.from_url(
            url,
            socket_timeout=TIMEOUT,
            socket_connect_timeout=TIMEOUT,
            retry=Retry(NoBackoff(), 0),
        )
        self._lock = threading.Lock()
        self._again_at: float | None = None

    def ask(self, question: Callable[[Redis], T]) -> T:
        """Raises `RedisAway`, at once while it is being left alone."""
        self._wait_for_turn()
        try:
            answer = question(self.client)
        except ResponseError as error:  # it is there, and something else is under our key
            raise RedisAway from error
        except Exception as error:  # away, or what it answers is nothing that can be read
            self._leave_alone(error)
            raise RedisAway from error
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
