"""How often a password may be tried. Counted in this process's memory, exactly.

Attempts that failed count, and those still under way: a hundred at once are no way around. With
several API processes each counts its own, so the bound is the limit times the processes.
"""

import hashlib
import hmac
import ipaddress
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from api.errors import DomainError, TooManyRequests

WINDOW_MINUTES = 15
PER_ACCOUNT = RateLimitItemPerMinute(10, WINDOW_MINUTES)
PER_ADDRESS = RateLimitItemPerMinute(100, WINDOW_MINUTES)


@dataclass(frozen=True)
class Bucket:
    limit: RateLimitItem
    key: str


class Attempts:
    """One per application, at `app.state.limits`."""

    def __init__(self, secret: str) -> None:
        self._secret = secret.encode()
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._lock = threading.Lock()
        self._under_way: Counter[Bucket] = Counter()

    def of_account(self, purpose: str, account: str | int) -> Bucket:
        # Keyed hashes: memory dumps and logs of the limiter name nobody.
        name = f"{purpose}\0{account}".casefold().encode("utf-8", "surrogatepass")
        return Bucket(PER_ACCOUNT, hmac.new(self._secret, name, hashlib.sha256).hexdigest())

    def of_address(self, purpose: str, address: str | None) -> Bucket:
        return Bucket(PER_ADDRESS, f"{purpose} {_network(address)}")

    @contextmanager
    def attempt(self, *buckets: Bucket, always_counts: bool = False) -> Iterator[None]:
        """Run one attempt. A `DomainError` inside it, a refusal, counts against every bucket.

        Raises `TooManyRequests` instead of running it when a bucket is full.
        """
        self._enter(buckets)
        failed = always_counts
        try:
            yield
        except DomainError:
            failed = True
            raise
        finally:
            self._leave(buckets, failed=failed)

    def forget(self, bucket: Bucket) -> None:
        """Start anew, as after the right password."""
        with self._lock:
            self._limiter.clear(bucket.limit, bucket.key)

    def reset(self) -> None:
        with self._lock:
            self._limiter.storage.reset()
            self._under_way.clear()

    def _enter(self, buckets: tuple[Bucket, ...]) -> None:
        with self._lock:
            for bucket in buckets:
                window = self._limiter.get_window_stats(bucket.limit, bucket.key)
                if window.remaining <= self._under_way[bucket]:
                    wait = window.reset_time - time.time() if window.remaining <= 0 else 1
                    raise TooManyRequests(
                        "Too many attempts. Wait a while, then try again.",
                        retry_after=int(wait) + 1,
                    )
            self._under_way.update(buckets)

    def _leave(self, buckets: tuple[Bucket, ...], *, failed: bool) -> None:
        with self._lock:
            for bucket in buckets:
                self._under_way[bucket] -= 1
                if self._under_way[bucket] <= 0:
                    del self._under_way[bucket]
                if failed:
                    self._limiter.hit(bucket.limit, bucket.key)


def _network(address: str | None) -> str:
    """The address, or for IPv6 its /64: one customer's whole range is one caller."""
    try:
        parsed = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return address or "unknown"
    if parsed.version == 6:
        mapped = parsed.ipv4_mapped
        return str(mapped or ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)
