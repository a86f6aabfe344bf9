"""Streams that are open, and the one task of this process that looks after all of them.

It asks twice a second, for all gyms at once, which of them had visits; only for those it reads
more. A desk holds no connection of the database, and one that is gone needs no goodbye: nothing
but its own stream keeps it.
"""

import asyncio
import logging
import time
import weakref
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from anyio.to_thread import run_sync
from fastapi.sse import KEEPALIVE_COMMENT, format_sse_event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from api.check_ins.entries import list_alerts
from api.check_ins.live.repository import (
    MOST_TOLD,
    find_newest,
    list_visits,
    read_versions,
)
from api.check_ins.live.schemas import News, Visit
from api.check_ins.schemas import Entry
from api.check_ins.statistics import service as statistics
from api.check_ins.statistics.schemas import Occupancy
from api.kit.translation import current_language
from core.clock import read_now
from core.translation import Language
from db.session import GymSession, session_scope
from db.types import GymId

log = logging.getLogger(__name__)

EVERY = 0.5
"""Seconds between two looks."""
COUNT_AGAIN = 30.0
"""Seconds after which it is counted again who is inside: many leave without a sign."""
PAUSE = 2.0
"""Seconds to wait for a database that does not answer."""
KEEP_ALIVE = 15.0
TAIL = 50
"""Keys that are looked at again: a key is given before its row is committed, and may be late."""
WAITING = 100
"""News that a slow reader may be behind."""


class Desk:
    """One stream that somebody reads."""

    def __init__(self) -> None:
        self._news: asyncio.Queue[News] = asyncio.Queue(WAITING)
        self._is_behind = False

    def tell(self, news: News) -> None:
        try:
            self._news.put_nowait(news)
        except asyncio.QueueFull:
            self._is_behind = True

    async def follow(self, first: News, *, seconds: float) -> AsyncIterator[bytes]:
        """Server-sent events, until the time is over or the reader is too far behind."""
        known = {visit.key for visit in first.visits}
        yield _render(first, known=frozenset())
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0 and not self._is_behind:
            try:
                news = await asyncio.wait_for(self._news.get(), min(left, KEEP_ALIVE))
            except TimeoutError:
                yield KEEPALIVE_COMMENT
            else:
                yield _render(news, known=known)
        if self._is_behind:
            yield _render(News(has_gap=True), known=frozenset())


@dataclass
class Door:
    """A gym that somebody watches, and what its desks have been told."""

    desks: "weakref.WeakSet[Desk]" = field(default_factory=weakref.WeakSet)
    newest: int | None = None
    told: set[int] = field(default_factory=set)
    """Keys of the last visits, up to `newest`."""
    version: Decimal | None = None
    occupancy: Occupancy | None = None
    counted_at: float = 0.0

    def start(self, newest: int, visits: list[Visit], occupancy: Occupancy) -> None:
        if self.newest is None:
            self.newest, self.occupancy = newest, occupancy
            self.told = {visit.key for visit in visits}

    def tell(self, visits: list[Visit], occupancy: Occupancy) -> None:
        """Tell every desk what is new."""
        fresh = tuple(visit for visit in visits if visit.key not in self.told)
        self.newest = max([self.newest or 0, *(visit.key for visit in fresh)])
        self.told |= {visit.key for visit in fresh}
        self.told = {key for key in self.told if key > self.newest - TAIL}
        changed = occupancy if occupancy != self.occupancy else None
        self.occupancy, self.counted_at = occupancy, time.monotonic()
        if fresh or changed is not None:
            for desk in list(self.desks):
                desk.tell(News(fresh, changed))


class Desks:
    """All streams of this process. One per application, at `app.state.desks`; used by its event
    loop alone."""

    def __init__(
        self, sessions: sessionmaker[GymSession], *, clock: Callable[[], datetime] = read_now
    ) -> None:
        self.clock = clock
        self._sessions = sessions
        self._doors: dict[int, Door] = {}
        self._task: asyncio.Task[None] | None = None

    def __len__(self) -> int:
        return sum(len(door.desks) for door in self._doors.values())

    def join(self, gym_id: int) -> Desk:
        """A desk of a gym. What happens from now on is kept for it."""
        desk = Desk()
        self._doors.setdefault(gym_id, Door()).desks.add(desk)
        if self._task is None or self._task.done():  # a mistake may have ended it
            self._task = asyncio.create_task(self._look_after_all())
        return desk

    async def begin(self, session: Session, gym_id: int, *, after: int | None) -> News:
        """What a desk that has joined is told first: who is inside, and the visits after the one it
        was told last."""
        now = self.clock()

        def read() -> tuple[int, list[Visit], Occupancy, list[Visit]]:
            newest = find_newest(session, gym_id)
            recent = list_visits(session, gym_id, after=newest - TAIL, now=now)
            missed = [] if after is None else list_visits(session, gym_id, after=after, now=now)
            return newest, recent, statistics.read_occupancy(session, gym_id, now=now), missed

        newest, recent, occupancy, missed = await run_sync(read)
        self._doors[gym_id].start(newest, recent, occupancy)
        if len(missed) > MOST_TOLD:
            return News(occupancy=occupancy, has_gap=True)
        return News(tuple(missed), occupancy)

    async def _look_after_all(self) -> None:
        while self._forget_the_unwatched():
            try:
                versions = await run_sync(self._read_versions, list(self._doors))
                for gym_id in self._find_due(versions):
                    await self._look_after(gym_id, versions.get(gym_id))
            except SQLAlchemyError:
                log.warning("desks_cannot_read", exc_info=True)
                await asyncio.sleep(PAUSE)
            await asyncio.sleep(EVERY)
        self._task = None

    def _forget_the_unwatched(self) -> bool:
        """Whether anybody watches still."""
        self._doors = {gym_id: door for gym_id, door in self._doors.items() if door.desks}
        return bool(self._doors)

    def _find_due(self, versions: Mapping[int, Decimal]) -> list[int]:
        long_ago = time.monotonic() - COUNT_AGAIN
        return [
            gym_id
            for gym_id, door in self._doors.items()
            if door.newest is not None
            and (versions.get(gym_id) != door.version or door.counted_at < long_ago)
        ]

    async def _look_after(self, gym_id: int, version: Decimal | None) -> None:
        door = self._doors[gym_id]
        after = (door.newest or 0) - TAIL
        now = self.clock()

        def read() -> tuple[list[Visit], Occupancy]:
            with session_scope(self._sessions, GymId(gym_id)) as session:
                visits = list_visits(session, gym_id, after=after, now=now)
                return visits, statistics.read_occupancy(session, gym_id, now=now)

        door.tell(*await run_sync(read))
        door.version = version

    def _read_versions(self, gym_ids: list[int]) -> Mapping[int, Decimal]:
        with session_scope(self._sessions) as session:
            return read_versions(session, gym_ids)


def _render(news: News, *, known: frozenset[int] | set[int]) -> bytes:
    """In the language of the request that reads it; without the visits that it knows."""
    events = []
    if news.has_gap:
        events.append(format_sse_event(event="reload", data_str="{}"))
    for visit in news.visits:
        if visit.key not in known:
            entry = _write(visit, current_language())
            events.append(format_sse_event(event="check_in", data_str=entry, id=str(visit.key)))
    if news.occupancy is not None:
        told = news.occupancy.model_dump_json()
        events.append(format_sse_event(event="occupancy", data_str=told))
    return b"".join(events)


def _write(visit: Visit, language: Language) -> str:
    if language not in visit.written:
        alerts = list_alerts(visit.decision, visit.arrival)
        entry = Entry(**visit.item.model_dump(), alerts=alerts)
        visit.written[language] = entry.model_dump_json()
    return visit.written[language]
