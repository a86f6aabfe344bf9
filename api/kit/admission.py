"""Admission: a request is admitted before it takes a thread or a connection of the database.

A request that holds a connection goes through several threads. With more of them under way than
there are of either, each would hold what another one waits for, and none would end. So a request
that cannot be served yet waits here, which takes neither, and only as long as a person would.

Slots go by client: a gym, or the address of somebody who has not signed in. No client has more than
its share of them, and waiting requests take turns by client: a gym that sends five hundred requests
at once delays itself, not its neighbours. Requests without sign-in have at most half of all slots,
however many addresses they come from.
"""

import asyncio
import time
from collections import OrderedDict, deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from api.kit.errors import Overloaded
from db.session import POOL_SIZE

SHARE = 4
MAX_WAIT = 10.0
"""Seconds. A request that would wait longer is refused at once."""
_INITIAL_ESTIMATE = 0.05
_MAX_SAMPLE = 2.0
"""Seconds that count of one stay: an import of minutes is not typical of other requests."""
_WEIGHT = 0.05
"""Weight of the newest stay in the mean."""


@dataclass(eq=False)
class _Client:
    name: str
    is_guest: bool
    inside: int = 0
    away: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    stay: float = _INITIAL_ESTIMATE
    """Mean seconds that a request of this client keeps its slot."""


class Admission:
    """One per application, at `app.state.admission`; of one event loop, so it needs no locks.

    `slots` are at most as many as the pool has connections.
    """

    def __init__(
        self,
        slots: int = POOL_SIZE,
        *,
        share: int = SHARE,
        max_wait: float | None = None,
    ) -> None:
        self.slots = slots
        self._share = share
        self._max_wait = MAX_WAIT if max_wait is None else max_wait
        self._inside = 0
        self._guests = 0
        self._clients: dict[str, _Client] = {}
        # Clients with waiting requests, in the order of their turns.
        self._turns: OrderedDict[str, _Client] = OrderedDict()

    @asynccontextmanager
    async def slot(self, name: str, *, is_guest: bool) -> AsyncIterator["Slot"]:
        """Hold one of the client's slots. Raises `Overloaded`, at once where it can be foreseen."""
        slot = Slot(self, name, is_guest=is_guest)
        await slot.take(max_wait=self._max_wait)
        try:
            yield slot
        finally:
            slot.leave()

    async def enter(
        self, name: str, *, is_guest: bool, max_wait: float | None, is_first: bool
    ) -> _Client:
        """Wait for a slot, with `is_first` before the others of the client."""
        client = self._clients.get(name) or _Client(name, is_guest)
        wait = self._estimate_wait(client)
        if max_wait is not None and wait > max_wait:
            raise Overloaded(wait - max_wait)
        turn = asyncio.get_running_loop().create_future()
        self._clients[name] = self._turns[name] = client
        (client.waiting.appendleft if is_first else client.waiting.append)(turn)
        self._admit_waiting()
        try:
            async with asyncio.timeout(max_wait):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # the slot was granted at this moment
                self.leave(client)
            else:
                with suppress(ValueError):
                    client.waiting.remove(turn)
                self.forget(client)
            if isinstance(error, TimeoutError):
                raise Overloaded(client.stay) from None
            raise
        return client

    def leave(self, client: _Client, *, stay: float | None = None) -> None:
        """Release a slot. `stay` is how many seconds it was held."""
        if stay is not None:
            client.stay += _WEIGHT * (min(stay, _MAX_SAMPLE) - client.stay)
        self._count(client, -1)
        self._admit_waiting()
        self.forget(client)

    def _admit_waiting(self) -> None:
        """Give free slots to waiting requests, one client after the other."""
        while client := next(filter(self._may_enter, self._turns.values()), None):
            turn = client.waiting.popleft()
            if not turn.done():  # else its caller has given up waiting
                turn.set_result(None)
                self._count(client, 1)
                self._turns.move_to_end(client.name)
            if not client.waiting:
                del self._turns[client.name]

    def _may_enter(self, client: _Client) -> bool:
        return (
            self._inside < self.slots
            and client.inside < self._share
            and not (client.is_guest and self._guests >= self.slots // 2)
        )

    def _estimate_wait(self, client: _Client) -> float:
        """Seconds until a request of this client that comes now would have its slot."""
        if not client.waiting and self._may_enter(client):
            return 0.0
        lanes = min(self._share, max(1, self.slots // (len(self._turns) + 1)))
        return (len(client.waiting) + 1) * client.stay / lanes

    def _count(self, client: _Client, difference: int) -> None:
        client.inside += difference
        self._inside += difference
        self._guests += difference * client.is_guest

    def forget(self, client: _Client) -> None:
        """Drop a client that has no request left."""
        if not client.waiting:
            self._turns.pop(client.name, None)
            if not client.inside and not client.away:
                self._clients.pop(client.name, None)


class Slot:
    """One request's right to a connection, and to a thread at a time."""

    def __init__(self, admission: Admission, name: str, *, is_guest: bool) -> None:
        self._admission = admission
        self._name = name
        self._is_guest = is_guest
        self._client: _Client | None = None
        self._since = 0.0

    async def take(self, *, max_wait: float | None, is_first: bool = False) -> None:
        self._client = await self._admission.enter(
            self._name, is_guest=self._is_guest, max_wait=max_wait, is_first=is_first
        )
        self._since = time.monotonic()

    def leave(self) -> None:
        if self._client is not None:
            self._admission.leave(self._client, stay=time.monotonic() - self._since)
            self._client = None

    @asynccontextmanager
    async def released(self, *, limit: int) -> AsyncIterator[None]:
        """Others may use the slot while this request waits for its caller, as for an upload.

        It is taken again before requests of this client that have not begun, however long that
        takes; not after an error, when nothing is left to do. Raises `Overloaded` where the client
        has released `limit` already.
        """
        client = self._client
        assert client is not None, "there is no slot to release"
        if client.away >= limit:
            raise Overloaded(client.stay)
        client.away += 1
        self.leave()
        try:
            yield
        except BaseException:
            client.away -= 1
            self._admission.forget(client)
            raise
        client.away -= 1
        await self.take(max_wait=None, is_first=True)
