"""Responses cached for a few minutes: in Redis, or in this process when there is none.

A response is cached under its gym's versions (`db.cache_version`) and day. Both are read from the
database by each request, so nothing that Redis may do makes an old response look new: stopped,
emptied, restored or filled with rubbish, it only costs the time to compute.
"""

import hashlib
import hmac
import struct
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request, Response
from pydantic import BaseModel

from api.kit.deps import NowDep, PrincipalDep
from api.kit.principal import Principal
from api.kit.redis import RedisUnavailable, SharedRedis
from api.kit.translation import current_language
from core.clock import to_local_day
from db.cache_version import name_version
from db.topics import Topic

MAX_AGE = timedelta(minutes=5)
MAX_VALUE_BYTES = 512 * 1024
"""Bytes of the largest response that is cached."""
MAX_MEMORY_BYTES = 32 * 1024 * 1024
"""Bytes that the cached responses of one process may take."""
CACHE_HEADER = "X-Cache"
VERSION_HEADER = "X-Version"
"""Responses with the same one are of the same rows: their figures agree."""
_WAIT = 10.0
_SEAL = 16
_UNTIL = struct.Struct(">d")
_ROOT = Path(__file__).parents[2]

Result = TypeVar("Result", bound=BaseModel)


@cache
def read_code_version() -> str:
    """A digest of the code: a response of an older version is not used."""
    digest = hashlib.sha256()
    for folder in ("api", "core", "db", "ds"):
        for path in sorted((_ROOT / folder).rglob("*.p[yo]")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


class Memory:
    """Values by key in this process; the least recently used is evicted."""

    def __init__(self, max_bytes: int = MAX_MEMORY_BYTES) -> None:
        self._max_bytes = max_bytes
        self._bytes = 0
        self._values: OrderedDict[str, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> bytes | None:
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
            return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        with self._lock:
            self._bytes += len(value) - len(self._values.pop(key, b""))
            self._values[key] = value
            while self._bytes > self._max_bytes:
                self._bytes -= len(self._values.popitem(last=False)[1])

    def clear(self) -> None:
        with self._lock:
            self._values.clear()
            self._bytes = 0


@dataclass
class _KeyLock:
    lock: threading.Lock = field(default_factory=threading.Lock)
    waiting: int = 0


class Cache:
    """Bytes under a key until a moment. One per application, at `app.state.cache`.

    Each value is sealed with its key: whatever else may write to Redis, a value that this platform
    did not put under this very key is none.
    """

    def __init__(self, secret: str, redis: SharedRedis | None = None) -> None:
        self._secret = hashlib.sha256(b"comeback cached answer\0" + secret.encode()).digest()
        self._redis = redis
        self.memory = Memory()
        self._turns: dict[str, _KeyLock] = {}
        self._turns_lock = threading.Lock()

    def get(self, key: str, *, now: datetime) -> bytes | None:
        sealed = self._fetch(key)
        if sealed is None or len(sealed) < _SEAL + _UNTIL.size:
            return None
        seal, rest = sealed[:_SEAL], sealed[_SEAL:]
        if not hmac.compare_digest(seal, self._make_seal(key, rest)):
            return None
        if _UNTIL.unpack_from(rest)[0] <= now.timestamp():
            return None
        return rest[_UNTIL.size :]

    def put(self, key: str, body: bytes, *, now: datetime, until: datetime) -> None:
        milliseconds = int((until - now) / timedelta(milliseconds=1))
        if len(body) > MAX_VALUE_BYTES or milliseconds <= 0:
            return
        rest = _UNTIL.pack(until.timestamp()) + body
        sealed = self._make_seal(key, rest) + rest
        if self._redis is not None:
            try:
                self._redis.run(lambda redis: redis.set(key, sealed, px=milliseconds))
            except RedisUnavailable:
                pass
            else:
                return
        self.memory.put(key, sealed)

    @contextmanager
    def turn(self, key: str) -> Iterator[bool]:
        """Let one caller at a time compute a key; yield whether it had to wait for another."""
        with self._turns_lock:
            turn = self._turns.setdefault(key, _KeyLock())
            turn.waiting += 1
        is_first = turn.lock.acquire(blocking=False)
        is_mine = is_first or turn.lock.acquire(timeout=_WAIT)
        try:
            yield not is_first
        finally:
            if is_mine:
                turn.lock.release()
            with self._turns_lock:
                turn.waiting -= 1
                if turn.waiting == 0:
                    del self._turns[key]

    def _fetch(self, key: str) -> bytes | None:
        if self._redis is not None:
            try:
                found: Any = self._redis.run(lambda redis: redis.get(key))
            except RedisUnavailable:
                pass
            else:
                return found if isinstance(found, bytes) else None
        return self.memory.get(key)

    def _make_seal(self, key: str, rest: bytes) -> bytes:
        text = key.encode() + b"\0" + rest
        return hmac.new(self._secret, text, hashlib.sha256).digest()[:_SEAL]


class ResponseCache:
    """The cached responses of this request's gym, for its rows as they are now.

    The gym's versions come with the caller, read in this request's own snapshot, as are the figures
    of a response that must be computed: two responses cached under the same versions agree to the
    last figure.
    """

    def __init__(self, cache: Cache, caller: Principal, now: datetime) -> None:
        self._cache = cache
        self._gym = caller.gym
        self._versions = caller.versions
        self._now = now

    def get_or_compute(
        self,
        name: str,
        about: tuple[Any, ...],
        topics: Collection[Topic],
        compute: Callable[[], Result],
        *,
        until: Callable[[Result], datetime | None] = lambda _result: None,
    ) -> Response:
        """Return the cached response, or compute and cache it. An error is raised, never cached.

        `about` are the request's parameters as they were understood; a response depends on nothing
        else but the gym's rows of these `topics`, the gym's own row, and its day. Where it depends
        on the hour as well, `until` says how long it holds.
        """
        version = name_version(self._versions, {*topics, Topic.SETUP})
        key = self._name_key(name, about, version)
        body = self._cache.get(key, now=self._now)
        if body is not None:
            return self._send(body, version, "hit")
        with self._cache.turn(key) as has_waited:
            if has_waited:
                body = self._cache.get(key, now=self._now)
            if body is not None:
                return self._send(body, version, "hit")
            result = compute()
            body = result.model_dump_json(by_alias=True).encode()
            ends = min(self._now + MAX_AGE, until(result) or datetime.max.replace(tzinfo=UTC))
            self._cache.put(key, body, now=self._now, until=ends)
        return self._send(body, version, "miss")

    def _name_key(self, name: str, about: tuple[Any, ...], version: str) -> str:
        # The version fixes which visits there are, and with the day also `as_of`.
        day = to_local_day(self._now, self._gym.timezone)
        parts = (read_code_version(), current_language(), version, day, name, about)
        digest = hashlib.sha256(repr(parts).encode()).hexdigest()
        return f"comeback:answer:{self._gym.gym_id}:{digest}"

    def _send(self, body: bytes, version: str, how: str) -> Response:
        headers = {CACHE_HEADER: how, VERSION_HEADER: version}
        return Response(body, media_type="application/json", headers=headers)


def get_response_cache(request: Request, caller: PrincipalDep, now: NowDep) -> ResponseCache:
    return ResponseCache(request.app.state.cache, caller, now)


ResponseCacheDep = Annotated[ResponseCache, Depends(get_response_cache)]
