"""What happens at the door, as the API tells it while somebody looks at the Desk."""

import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import streamlit as st

from frontend.check_ins import client as check_ins_api
from frontend.kit.api_types import AlertItem, Occupancy
from frontend.kit.client import ApiError
from frontend.kit.session import for_later

_FOLLOWER = "_desk_live"
UNWATCHED = 20.0
"""Seconds after which nobody is looking: the page asks for it much more often."""
PAUSE, BETWEEN = 3.0, 0.5
"""Seconds until the next stream: after a failure, and after one that has ended as it should."""
KEPT = 100


class Follower:
    """Reads one stream after another, in a thread of its own, as long as the page wants it."""

    def __init__(self, open_stream: Callable[[str | None], Iterable[str]]) -> None:
        self._open_stream = open_stream
        self._wanted_at = time.monotonic()
        self._last_id: str | None = None
        self._alerts: OrderedDict[int, list[AlertItem]] = OrderedDict()
        self.news = 0
        """Grows with all that is told."""
        self.occupancy: Occupancy | None = None
        """Who is inside, as it was told last."""
        self.is_connected = False
        self._thread = threading.Thread(target=self._follow, name="desk", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def want(self) -> None:
        self._wanted_at = time.monotonic()

    def find_alerts(self, check_in_id: int) -> list[AlertItem]:
        """What was said of a visit that came while this was watched."""
        return self._alerts.get(check_in_id, [])

    def _follow(self) -> None:
        while self._is_wanted():
            try:
                for event, data, event_id in read_events(self._open_stream(self._last_id)):
                    self._take(event, data, event_id)
                    if not self._is_wanted():
                        return
            except ApiError:
                self.is_connected = False
            time.sleep(PAUSE if not self.is_connected else BETWEEN)

    def _take(self, event: str, data: Any, event_id: str | None) -> None:
        self.is_connected = True
        self._last_id = event_id or self._last_id
        if event == "check_in":
            self._alerts[data["check_in_id"]] = data["alerts"]
            if len(self._alerts) > KEPT:
                self._alerts.popitem(last=False)
        elif event == "occupancy":
            self.occupancy = data
        self.news += event != ""

    def _is_wanted(self) -> bool:
        return time.monotonic() - self._wanted_at < UNWATCHED


def follow() -> Follower:
    """This tab's own; it ends by itself when the page is left."""
    follower: Follower | None = st.session_state.get(_FOLLOWER)
    if follower is None or follower.is_over:
        api = for_later()
        follower = Follower(lambda last_id: check_ins_api.watch(last_id, api=api))
        st.session_state[_FOLLOWER] = follower
    follower.want()
    return follower


def read_events(lines: Iterable[str]) -> Iterator[tuple[str, Any, str | None]]:
    """Server-sent events as (event, data, id); a sign of life has neither name nor data."""
    told: dict[str, str] = {}
    for line in lines:
        if line:
            name, _, value = line.partition(":")
            told[name] = value.removeprefix(" ")
        else:
            yield told.get("event", ""), json.loads(told.get("data", "null")), told.get("id")
            told = {}
