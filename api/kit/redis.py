"""Redis, if there is one: called with a short timeout, and not again for a while after a failure.

It holds only what may be lost: cached responses and counts of requests. Every caller has a
fallback.
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
"""Seconds for which Redis is not called again after it failed."""

log = logging.getLogger("api.kit.redis")

T = TypeVar("T")


class RedisUnavailable(Exception):
    """Redis cannot be used now."""


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

    def run(self, operation: Callable[[Redis], T]) -> T:
        """Raises `RedisUnavailable`, at once during the pause after a failure."""
        self._check_pause()
        try:
            result = operation(self.client)
        except ResponseError as error:  # it is there, and something else is under our key
            raise RedisUnavailable from error
        except Exception as error:  # unreachable, or its reply cannot be parsed
            self._back_off(error)
            raise RedisUnavailable from error
        if self._again_at is not None:
            self._again_at = None
            log.info("redis_available")
        return result

    def is_available(self) -> bool:
        try:
            return bool(self.run(lambda redis: redis.ping()))
        except RedisUnavailable:
            return False

    def close(self) -> None:
        self.client.close()

    def _check_pause(self) -> None:
        if self._again_at is None:
            return
        with self._lock:
            if self._again_at is not None:
                if time.monotonic() < self._again_at:
                    raise RedisUnavailable
                # One caller tries; the others use their fallback until it succeeds.
                self._again_at = time.monotonic() + PAUSE

    def _back_off(self, error: Exception) -> None:
        if self._again_at is None:
            log.warning("redis_unavailable", extra={"error": type(error).__name__})
        self._again_at = time.monotonic() + PAUSE
