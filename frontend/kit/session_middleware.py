"""Nothing of the dashboard, page or websocket, without a live session."""

import hashlib
import time
from urllib.parse import quote, urlsplit

import anyio.to_thread
from starlette.datastructures import MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from frontend.kit import client, i18n
from frontend.kit.client import ApiError, SignedOut
from frontend.kit.settings import settings

#: How long a session that was found alive is trusted without checking again. Pages ask the API
#: themselves on every run, so this only spares the many small requests of one page load.
TRUST_SECONDS = 20
OPEN_PATHS = ("/auth/", "/static/", "/app/static/", "/_stcore/health")


class Liveness:
    """Caches for a moment which sessions the API has confirmed."""

    def __init__(self) -> None:
        self._until: dict[str, float] = {}

    @staticmethod
    def _key(session: str) -> str:
        return hashlib.sha256(session.encode()).hexdigest()

    def forget(self, session: str) -> None:
        self._until.pop(self._key(session), None)

    async def check(self, session: str | None, *, fresh: bool = False) -> bool | None:
        """None when the API does not respond: an outage must not sign anybody out."""
        if not session:
            return False
        key = self._key(session)
        if not fresh and self._until.get(key, 0) > time.monotonic():
            return True
        try:
            await anyio.to_thread.run_sync(client.exchange, session)
        except SignedOut:
            self._until.pop(key, None)
            return False
        except ApiError:
            return None
        if len(self._until) > 5000:
            self._until.clear()
        self._until[key] = time.monotonic() + TRUST_SECONDS
        return True


liveness = Liveness()


def is_same_origin(connection: HTTPConnection) -> bool:
    """Browsers send Origin with every POST form and websocket; a request without one is refused."""
    origin = connection.headers.get("origin", "")
    if not origin.startswith(("http://", "https://")):
        return False
    if origin == settings().web_url.rstrip("/"):
        return True
    return urlsplit(origin).netloc == connection.headers.get("host")


def is_known_host(connection: HTTPConnection) -> bool:
    host = urlsplit(f"//{connection.headers.get('host', '')}").hostname
    return host in settings().hosts


def safe_next(target: str | None) -> str:
    """A path of the dashboard to return to after signing in; anything doubtful becomes the first
    page."""
    if not target or not target.startswith("/") or target.startswith(("//", "/auth/")):
        return "/"
    if "\\" in target or any(ord(char) < 33 or ord(char) == 127 for char in target):
        return "/"
    parts = urlsplit(target)
    return target if not parts.scheme and not parts.netloc else "/"


def session_of(connection: HTTPConnection) -> str | None:
    return connection.cookies.get(settings().cookie_name)


class SessionMiddleware:
    """Pure ASGI, because Starlette's own middleware base class never sees websockets."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(scope["path"], send))
        else:
            await self.app(scope, receive, send)

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        if (
            not is_known_host(connection)
            or not is_same_origin(connection)
            or await liveness.check(session_of(connection)) is False
        ):
            await send({"type": "websocket.close", "code": 4401})
            return
        await self.app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        connection = HTTPConnection(scope)
        chosen = connection.cookies.get(i18n.COOKIE)
        accepted = connection.headers.get("accept-language")
        i18n.use_for_request(i18n.choose_language(chosen, accepted))
        answer = await self._refusal(connection, scope["path"])
        await (answer or self.app)(scope, receive, send)

    async def _refusal(self, connection: HTTPConnection, path: str) -> Response | None:
        if not is_known_host(connection):
            return PlainTextResponse("The dashboard is at another address (WEB_URL).", 400)
        if settings().is_https and connection.headers.get("x-forwarded-proto") == "http":
            return RedirectResponse(settings().web_url.rstrip("/") + quote(path), 308)
        if path.startswith(OPEN_PATHS):
            return None
        if await liveness.check(session_of(connection)) is not False:
            return None
        wants_page = "text/html" in connection.headers.get("accept", "")
        if not wants_page or path.startswith("/_stcore"):
            return PlainTextResponse("Sign in first.", 401)
        query = connection.scope.get("query_string", b"").decode("latin-1")
        wanted = path + (f"?{query}" if query else "")
        return RedirectResponse(f"/auth/login?next={quote(safe_next(wanted), safe='')}", 303)


def _with_headers(path: str, send: Send) -> Send:
    async def sender(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers.setdefault("Content-Security-Policy", "frame-ancestors 'none'")
            headers["X-Content-Type-Options"] = "nosniff"
            headers["X-Frame-Options"] = "DENY"
            headers["Referrer-Policy"] = "same-origin"
            headers["Permissions-Policy"] = "camera=(self), geolocation=(), microphone=()"
            if not path.startswith(("/static/", "/app/static/")):
                headers["Cache-Control"] = "no-store"
            if settings().is_https:
                headers["Strict-Transport-Security"] = "max-age=31536000"
        await send(message)

    return sender
