"""How often a password may be tried, exactly: counted in Redis for all processes of the API, or in
this process's memory while there is no Redis.

Attempts that failed count, and those still under way: a hundred at once are no way around. Without
Redis the bound is the limit times the processes.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import uuid4

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.kit.errors import DomainError, TooManyRequests
from api.kit.rate_limits import KeyHasher
from api.kit.redis import RedisUnavailable, SharedRedis
from core.translation import t

WINDOW_MINUTES = 15
PER_ACCOUNT = RateLimitItemPerMinute(10, WINDOW_MINUTES)
PER_ADDRESS = RateLimitItemPerMinute(100, WINDOW_MINUTES)


@dataclass(frozen=True)
class Bucket:
    limit: RateLimitItem
    key: str


class AttemptCounter(Protocol):
    """Counts attempts of several buckets at once: all of them, or none."""

    def enter(self, buckets: Sequence[Bucket], attempt: str) -> float | None:
        """Begin an attempt, or return the seconds until one may."""

    def leave(self, buckets: Sequence[Bucket], attempt: str, *, failed: bool) -> None: ...

    def forget(self, bucket: Bucket) -> None: ...


class Attempts:
    """One per application, at `app.state.limits`."""

    def __init__(self, secret: str, redis: SharedRedis | None = None) -> None:
        self._hasher = KeyHasher(secret)
        self._memory = MemoryCounter()
        self._shared = RedisCounter(redis) if redis is not None else None

    def of_account(self, purpose: str, account: str | int) -> Bucket:
        return Bucket(PER_ACCOUNT, self._hasher.hash(purpose, str(account)))

    def of_address(self, purpose: str, address: str | None) -> Bucket:
        return Bucket(PER_ADDRESS, self._hasher.hash_address(purpose, address))

    def of_device(self, purpose: str, device_id: int) -> Bucket:
        """As many as of an address: many people stand before it."""
        return Bucket(PER_ADDRESS, self._hasher.hash(f"device {purpose}", str(device_id)))

    @contextmanager
    def attempt(self, *buckets: Bucket, always_counts: bool = False) -> Iterator[None]:
        """Run one attempt. A `DomainError` inside it, a refusal, counts against every bucket.

        Raises `TooManyRequests` instead of running it when a bucket is full.
        """
        name = uuid4().hex
        count = self._enter(buckets, name)
        failed = always_counts
        try:
            yield
        except DomainError:
            failed = True
            raise
        finally:
            self._leave(count, buckets, name, failed=failed)

    def forget(self, bucket: Bucket) -> None:
        """Reset the count, as after the right password."""
        self._memory.forget(bucket)
        if self._shared is not None:
            try:
                self._shared.forget(bucket)
            except RedisUnavailable:
                return

    def reset(self) -> None:
        """Reset what this process counted itself."""
        self._memory.reset()

    def _enter(self, buckets: Sequence[Bucket], name: str) -> AttemptCounter:
        count: AttemptCounter = self._memory
        try:
            if self._shared is None:
                raise RedisUnavailable
            wait = self._shared.enter(buckets, name)
            count = self._shared
        except RedisUnavailable:
            wait = self._memory.enter(buckets, name)
        if wait is not None:
            raise TooManyRequests(
                t("Too many attempts. Wait a while, then try again."), retry_after=int(wait) + 1
            )
        return count

    def _leave(
        self, count: AttemptCounter, buckets: Sequence[Bucket], name: str, *, failed: bool
    ) -> None:
        try:
            count.leave(buckets, name, failed=failed)
        except RedisUnavailable:
            # In Redis the attempt stays under way, which counts like a failure; here it is one.
            if failed:
                self._memory.add(buckets)


class MemoryCounter:
    """In this process, exactly."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._lock = threading.Lock()
        self._under_way: Counter[Bucket] = Counter()

    def enter(self, buckets: Sequence[Bucket], attempt: str) -> float | None:  # noqa: ARG002
        with self._lock:
            for bucket in buckets:
                window = self._limiter.get_window_stats(bucket.limit, bucket.key)
                if window.remaining <= self._under_way[bucket]:
                    return window.reset_time - time.time() if window.remaining <= 0 else 0
            self._under_way.update(buckets)
        return None

    def leave(self, buckets: Sequence[Bucket], attempt: str, *, failed: bool) -> None:  # noqa: ARG002
        with self._lock:
            for bucket in buckets:
                self._under_way[bucket] -= 1
                if self._under_way[bucket] <= 0:
                    del self._under_way[bucket]
                if failed:  # in the same step: else it would count as neither for a moment
                    self._limiter.hit(bucket.limit, bucket.key)

    def add(self, buckets: Sequence[Bucket]) -> None:
        """Count a failure of an attempt that was begun elsewhere."""
        with self._lock:
            for bucket in buckets:
                self._limiter.hit(bucket.limit, bucket.key)

    def forget(self, bucket: Bucket) -> None:
        with self._lock:
            self._limiter.clear(bucket.limit, bucket.key)

    def reset(self) -> None:
        with self._lock:
            self._limiter.storage.reset()
            self._under_way.clear()


# Two sorted sets a bucket, by the time of Redis in milliseconds: what failed and what is under way.
# One script is atomic. A process that dies leaves its attempts
# under way, and there they count until the window has passed.
_ENTER = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local wait = false
for i = 1, #KEYS, 2 do
  local limit, window = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - window)
  redis.call('ZREMRANGEBYSCORE', KEYS[i + 1], '-inf', now - window)
  local failed = redis.call('ZCARD', KEYS[i])
  if failed >= limit then
    local oldest = redis.call('ZRANGE', KEYS[i], failed - limit, failed - limit, 'WITHSCORES')
    wait = math.max(wait or 0, oldest[2] + window - now)
  elseif failed + redis.call('ZCARD', KEYS[i + 1]) >= limit then
    wait = math.max(wait or 0, 0)
  end
end
if wait then return wait end
for i = 1, #KEYS, 2 do
  redis.call('ZADD', KEYS[i + 1], now, ARGV[1])
  redis.call('PEXPIRE', KEYS[i + 1], ARGV[i + 2])
end
return false
"""
_LEAVE = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
for i = 1, #KEYS, 2 do
  redis.call('ZREM', KEYS[i + 1], ARGV[1])
  if ARGV[2] == '1' then
    redis.call('ZADD', KEYS[i], now, ARGV[1])
    redis.call('PEXPIRE', KEYS[i], ARGV[(i - 1) / 2 + 3])
  end
end
"""


class RedisCounter:
    """For all processes, exactly. Raises `RedisUnavailable`.

    The strategies of `limits` cannot take a hit back, and a successful sign-in must not count.
    """

    def __init__(self, redis: SharedRedis) -> None:
        self._redis = redis
        self._enter = redis.client.register_script(_ENTER)
        self._leave = redis.client.register_script(_LEAVE)

    def enter(self, buckets: Sequence[Bucket], attempt: str) -> float | None:
        values: list[str | int] = [attempt]
        for bucket in buckets:
            values += [bucket.limit.amount, _window(bucket)]
        wait: Any = self._redis.run(lambda _: self._enter(_keys(buckets), values))
        return None if wait is None else int(wait) / 1000

    def leave(self, buckets: Sequence[Bucket], attempt: str, *, failed: bool) -> None:
        values: list[str | int] = [attempt, int(failed), *map(_window, buckets)]
        self._redis.run(lambda _: self._leave(_keys(buckets), values))

    def forget(self, bucket: Bucket) -> None:
        failed, _under_way = _keys([bucket])
        self._redis.run(lambda redis: redis.delete(failed))


def _keys(buckets: Sequence[Bucket]) -> list[str]:
    return [
        f"comeback:attempts:{part}:{bucket.key}"
        for bucket in buckets
        for part in ("failed", "under way")
    ]


def _window(bucket: Bucket) -> int:
    return bucket.limit.get_expiry() * 1000
