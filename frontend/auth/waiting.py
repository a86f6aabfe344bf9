"""Sign-ins between password and code: kept here for minutes, so that no page holds a password."""

import secrets
import threading
import time
from dataclasses import dataclass

SECONDS = 300
_MOST = 1_000


@dataclass(frozen=True)
class HalfSignIn:
    login: str
    password: str
    until: float


class Waiting:
    """Those whose password was right. Each process has its own: see docs/frontend.md."""

    def __init__(self) -> None:
        self._known: dict[str, HalfSignIn] = {}
        self._lock = threading.Lock()

    def keep(self, login: str, password: str) -> str:
        """Returns what the form with the code sends instead of the password."""
        ticket = secrets.token_urlsafe(32)
        with self._lock:
            now = time.monotonic()
            self._known = {key: one for key, one in self._known.items() if one.until > now}
            if len(self._known) >= _MOST:
                self._known.pop(next(iter(self._known)))
            self._known[ticket] = HalfSignIn(login, password, now + SECONDS)
        return ticket

    def find(self, ticket: str) -> HalfSignIn | None:
        with self._lock:
            found = self._known.get(ticket)
        return found if found is not None and found.until > time.monotonic() else None

    def forget(self, ticket: str) -> None:
        with self._lock:
            self._known.pop(ticket, None)


waiting = Waiting()
