"""Who may begin: a request is admitted before it takes a thread or a connection of the database.

A request that holds a connection goes through several threads. Were more of them under way than
there are of either, each would hold what another one waits for, and none would end. So whoever
cannot be served yet waits here, which takes neither, and only as long as a person would.

Places go by party: a gym, or the address of somebody who has not signed in. No party has more than
its share of them, and those who wait take turns by party: a gym that sends five hundred requests at
once waits for itself, not its neighbours for it. Those who have not signed in have at most half of
all places, however many addresses they come from.
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
LONGEST_WAIT = 10.0
"""Seconds. Whoever would wait longer is told so at once."""
_FIRST_GUESS = 0.05
_LONGEST_SAMPLE = 2.0
"""Seconds that count of one stay: an import of minutes says nothing about other requests."""
_WEIGHT = 0.05
"""Of the newest stay in the mean."""


@dataclass(eq=False)
class _Party:
    name: str
    is_guest: bool
    inside: int = 0
    away: int = 0
    waiting: deque[asyncio.Future[None]] = field(default_factory=deque)
    stay: float = _FIRST_GUESS
    """Mean seconds that a request of theirs keeps its place."""


class Admission:
    """One per application, at `app.state.admission`; of one event loop, so it needs no locks.

    `places` are at most as many as the pool has connections.
    """

    def __init__(
        self,
        places: int = POOL_SIZE,
        *,
        share: int = SHARE,
        longest_wait: float | None = None,
    ) -> None:
        self.places = places
        self._share = share
        self._longest_wait = LONGEST_WAIT if longest_wait is None else longest_wait
        self._inside = 0
        self._guests = 0
        self._parties: dict[str, _Party] = {}
        # Parties of which somebody waits, in the order of their turns.
        self._turns: OrderedDict[str, _Party] = OrderedDict()

    @asynccontextmanager
    async def place(self, name: str, *, is_guest: bool) -> AsyncIterator["Place"]:
        """Hold one of the party's places. Raises `Overloaded`, at once where it can be foreseen."""
        place = Place(self, name, is_guest=is_guest)
        await place.take(longest_wait=self._longest_wait)
        try:
            yield place
        finally:
            place.leave()

    async def enter(
        self, name: str, *, is_guest: bool, longest_wait: float | None, is_first: bool
    ) -> _Party:
        """Wait for a place, with `is_first` before the others of the party."""
        party = self._parties.get(name) or _Party(name, is_guest)
        wait = self._expect(party)
        if longest_wait is not None and wait > longest_wait:
            raise Overloaded(wait - longest_wait)
        turn = asyncio.get_running_loop().create_future()
        self._parties[name] = self._turns[name] = party
        (party.waiting.appendleft if is_first else party.waiting.append)(turn)
        self._hand_on()
        try:
            async with asyncio.timeout(longest_wait):
                await turn
        except BaseException as error:
            if turn.done() and not turn.cancelled():  # the place came at this very moment
                self.leave(party)
            else:
                with suppress(ValueError):
                    party.waiting.remove(turn)
                self.forget(party)
            if isinstance(error, TimeoutError):
                raise Overloaded(party.stay) from None
            raise
        return party

    def leave(self, party: _Party, *, stay: float | None = None) -> None:
        """Give a place back. `stay` is how many seconds it was held."""
        if stay is not None:
            party.stay += _WEIGHT * (min(stay, _LONGEST_SAMPLE) - party.stay)
        self._count(party, -1)
        self._hand_on()
        self.forget(party)

    def _hand_on(self) -> None:
        """Give free places to those who wait, one party after the other."""
        while party := next(filter(self._may_enter, self._turns.values()), None):
            turn = party.waiting.popleft()
            if not turn.done():  # else its caller has given up waiting
                turn.set_result(None)
                self._count(party, 1)
                self._turns.move_to_end(party.name)
            if not party.waiting:
                del self._turns[party.name]

    def _may_enter(self, party: _Party) -> bool:
        return (
            self._inside < self.places
            and party.inside < self._share
            and not (party.is_guest and self._guests >= self.places // 2)
        )

    def _expect(self, party: _Party) -> float:
        """Seconds until a request of this party that comes now would have its place."""
        if not party.waiting and self._may_enter(party):
            return 0.0
        lanes = min(self._share, max(1, self.places // (len(self._turns) + 1)))
        return (len(party.waiting) + 1) * party.stay / lanes

    def _count(self, party: _Party, difference: int) -> None:
        party.inside += difference
        self._inside += difference
        self._guests += difference * party.is_guest

    def forget(self, party: _Party) -> None:
        """Keep nothing of a party of which nobody is there any more."""
        if not party.waiting:
            self._turns.pop(party.name, None)
            if not party.inside and not party.away:
                self._parties.pop(party.name, None)


class Place:
    """One request's right to a connection, and to a thread at a time."""

    def __init__(self, admission: Admission, name: str, *, is_guest: bool) -> None:
        self._admission = admission
        self._name = name
        self._is_guest = is_guest
        self._party: _Party | None = None
        self._since = 0.0

    async def take(self, *, longest_wait: float | None, is_first: bool = False) -> None:
        self._party = await self._admission.enter(
            self._name, is_guest=self._is_guest, longest_wait=longest_wait, is_first=is_first
        )
        self._since = time.monotonic()

    def leave(self) -> None:
        if self._party is not None:
            self._admission.leave(self._party, stay=time.monotonic() - self._since)
            self._party = None

    @asynccontextmanager
    async def lent(self, *, most: int) -> AsyncIterator[None]:
        """Others have the place while this request waits for its caller, as for an upload.

        It comes back before those of its party who have not begun, however long that takes; not
        after an error, of which nothing is left to do. Raises `Overloaded` where the party has
        lent as many as `most` already.
        """
        party = self._party
        assert party is not None, "there is no place to lend"
        if party.away >= most:
            raise Overloaded(party.stay)
        party.away += 1
        self.leave()
        try:
            yield
        except BaseException:
            party.away -= 1
            self._admission.forget(party)
            raise
        party.away -= 1
        await self.take(longest_wait=None, is_first=True)
