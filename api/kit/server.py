"""uvicorn's HTTP, with a limit that it lacks: `uvicorn --http api.kit.server:PromptProtocol`."""

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

MAX_WAIT = 20.0
"""Seconds."""


class PromptProtocol(H11Protocol):
    """Ends a connection on which a request begins, or could begin, and its headers do not come; and
    one whose body still comes long after the response was sent.

    The time for a body is limited by `api.kit.bodies`; the idle time of a connection by
    `--timeout-keep-alive`.
    """

    _due: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._watch(is_resting=True)

    def connection_lost(self, exc: Exception | None) -> None:
        self._forget()
        super().connection_lost(exc)

    def _watch(self, *, is_resting: bool = False) -> None:
        awaits_headers = self.conn.their_state is h11.IDLE and not is_resting
        if not awaits_headers and not self._responded_early():
            self._forget()
        elif self._due is None:
            self._due = self.loop.call_later(MAX_WAIT, self._end)

    def _responded_early(self) -> bool:
        is_coming = self.conn.their_state is h11.SEND_BODY
        return is_coming and self.cycle is not None and self.cycle.response_complete

    def _forget(self) -> None:
        if self._due is not None:
            self._due.cancel()
            self._due = None

    def _end(self) -> None:
        self._due = None
        if not self.transport.is_closing():
            self.transport.close()
