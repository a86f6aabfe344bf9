"""A Redis in trouble costs a request little time, in whichever way it is in trouble."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass, field

import pytest

from api.rate_limits import PerMinute, RateLimits
from api.redis import RedisAway, SharedRedis

PAUSE = 0.01
BYTES = 3_000
"""A dripping answer takes half a minute, if somebody waits for it."""


@dataclass
class Dripping:
    """Answers everything, a byte at a time, each well within the time that a read may take."""

    first: bytes
    listening: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))
    was_left: threading.Event = field(default_factory=threading.Event)
    was_heard_out: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.listening.getsockname()[1]}/0"

    def serve(self) -> None:
        with suppress(OSError):  # the test has ended
            while True:
                caller, _ = self.listening.accept()
                threading.Thread(target=self._drip, args=(caller,), daemon=True).start()

    def _drip(self, caller: socket.socket) -> None:
        stopped = threading.Event()
        with caller:
            try:
                caller.sendall(self.first)
                for _ in range(BYTES):
                    stopped.wait(PAUSE)
                    caller.sendall(b"x")
                caller.sendall(b"\r\n")
            except OSError:
                self.was_left.set()
            else:
                self.was_heard_out.set()


@pytest.fixture(params=[b"+", b"$3000\r\n"], ids=["a line", "a long text"])
def dripping(request: pytest.FixtureRequest) -> Iterator[Dripping]:
    server = Dripping(request.param)
    thread = threading.Thread(target=server.serve, daemon=True)
    thread.start()
    yield server
    server.listening.shutdown(socket.SHUT_RDWR)
    server.listening.close()
    thread.join()


def test_who_drips_is_not_heard_out(dripping: Dripping) -> None:
    with closing(SharedRedis(dripping.url)) as redis:
        with pytest.raises(RedisAway):
            redis.ask(lambda client: client.get("key"))
        assert dripping.was_left.wait(60)
        assert not dripping.was_heard_out.is_set()


def test_while_redis_drips_requests_are_counted_here(dripping: Dripping) -> None:
    with closing(SharedRedis(dripping.url)) as redis:
        rates = RateLimits("secret", PerMinute(user=5, gym=5, address=5), redis)
        for _ in range(3):
            rates.count_user(1, 1)
        assert not dripping.was_heard_out.is_set()
