"""How many requests a minute: of a person, of a gym, and of an address that has not signed in.

Counted in Redis for all processes of the API, or in this process's memory while there is no Redis:
then the bound is the limit times the processes.
"""

import hashlib
import hmac
import ipaddress
import time
from collections.abc import Callable
from dataclasses import dataclass

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from api.kit.errors import TooManyRequests
from api.kit.redis import RedisUnavailable, SharedRedis
from core.translation import Quantity, mark, t

_THREADS = 8
"""Threads that may wait for Redis."""
_USER = mark("You send more than {most} requests a minute. Wait, then go on.")
_GYM = mark("Your gym sends more than {most} requests a minute. Wait, then go on.")
_ADDRESS = mark("Your address sends more than {most} requests a minute. Wait, then go on.")


class KeyHasher:
    """Keyed hashes of what is counted, so that Redis holds no names or addresses."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()

    def hash(self, purpose: str, name: str) -> str:
        text = f"{purpose}\0{name}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()

    def hash_address(self, purpose: str, address: str | None) -> str:
        return self.hash(f"address {purpose}", name_network(address))


def name_network(address: str | None) -> str:
    """The address, or for IPv6 its /64: one customer's whole range is one caller."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "unknown"
    if parsed.version == 6:
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


@dataclass(frozen=True)
class PerMinute:
    """Requests a minute; 0 is without a limit."""

    user: int
    gym: int
    address: int


class RateLimits:
    """One per application, at `app.state.rates`."""

    def __init__(self, secret: str, limits: PerMinute, redis: SharedRedis | None = None) -> None:
        self._hasher = KeyHasher(secret)
        self._limits = limits
        self._redis = redis
        # Of its own: a request that is being counted has no slot yet, and must not take the thread
        # of one that has.
        self._threads = CapacityLimiter(_THREADS)
        self._memory = SlidingWindowCounterRateLimiter(MemoryStorage())
        self._shared: SlidingWindowCounterRateLimiter | None = None
        if redis is not None:
            storage = RedisStorage(
                "redis://",
                connection_pool=redis.client.connection_pool,
                key_prefix="comeback:rate",
            )
            self._shared = SlidingWindowCounterRateLimiter(storage)

    def count_user(self, user_id: int, gym_id: int | None) -> None:
        """Count a request of somebody signed in; super admins count as one gym.

        Raises `TooManyRequests`.
        """
        self._count(
            (
                self._limits.user,
                self._hasher.hash("user", str(user_id)),
                _USER,
            ),
            (
                self._limits.gym,
                self._hasher.hash("gym", str(gym_id)),
                _GYM,
            ),
        )

    def count_address(self, address: str | None) -> None:
        """Count a request of somebody not signed in. Raises `TooManyRequests`."""
        name = self._hasher.hash_address("request", address)
        self._count(
            (
                self._limits.address,
                name,
                _ADDRESS,
            )
        )

    async def run(self, count: Callable[[], None]) -> None:
        """Run one of the counts above: in a thread where it may wait for Redis."""
        if self._redis is None:
            count()
        else:
            await run_sync(count, limiter=self._threads)

    def reset(self) -> None:
        """Reset what this process counted itself."""
        self._memory.storage.reset()

    def _count(self, *counts: tuple[int, str, str]) -> None:
        for limit, name, refusal in counts:
            if limit:
                wait = self._hit(RateLimitItemPerMinute(limit), name)
                if wait is not None:
                    raise TooManyRequests(
                        t(refusal, most=Quantity(limit)), retry_after=int(wait) + 1
                    )

    def _hit(self, limit: RateLimitItem, name: str) -> float | None:
        """Seconds until a request may come; None when this one may."""
        shared = self._shared
        if self._redis is not None and shared is not None:
            try:
                return self._redis.run(lambda _: _hit(shared, limit, name))
            except RedisUnavailable:
                pass
        return _hit(self._memory, limit, name)


def _hit(limiter: SlidingWindowCounterRateLimiter, limit: RateLimitItem, name: str) -> float | None:
    if limiter.hit(limit, name):
        return None
    return max(0.0, limiter.get_window_stats(limit, name).reset_time - time.time())
