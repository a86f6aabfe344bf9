"""What surrounds every request: its id and log line, headers, https.

Pure ASGI, outside of Starlette's own handling, so that failures are covered as well.
"""

import logging
import re
import time
from secrets import token_hex
from urllib.parse import quote

from fastapi import FastAPI
from fastapi.routing import iter_route_contexts
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.kit.bodies import BodyGuard, LengthGuard
from api.kit.callers import CallerGuard
from api.kit.logs import request_id
from api.kit.problems import render_bug, render_not_allowed
from api.kit.settings import Settings
from api.kit.translation import LanguageOfRequest

log = logging.getLogger("api.requests")

ALWAYS_PLAIN_HTTP = ("/health", "/ready")
HSTS = "max-age=31536000"
SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
    ),
    "Cache-Control": "no-store",
}
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added is the outermost."""
    app.add_middleware(BodyGuard, settings=settings)
    app.add_middleware(CallerGuard, settings=settings)
    app.add_middleware(LiteralPaths)
    app.add_middleware(BugCatcher)
    if settings.cors_origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.cors_origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "X-Request-ID"],
            expose_headers=["Retry-After", "X-Request-ID"],
            max_age=600,
        )
    if settings.is_production:
        app.add_middleware(HttpsOnly, public_url=settings.public_api_url)
    app.add_middleware(LanguageOfRequest)
    app.add_middleware(HeadAsGet)
    app.add_middleware(LengthGuard)
    app.add_middleware(SecurityHeaders, is_production=settings.is_production)
    app.add_middleware(RequestLog)


class RequestLog:
    """Gives each request an id, returns it as X-Request-ID, and logs one line when it is done.

    The line names the endpoint, not the URL: that of an unsubscribe link is a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        identifier = given if _REQUEST_ID.fullmatch(given) else token_hex(16)
        request_id.set(identifier)
        scope["state"] = {**scope.get("state", {}), "request_id": identifier}
        begun = time.perf_counter()
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = identifier
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            log.info(
                "request",
                extra={
                    "method": scope["method"],
                    "endpoint": _name_endpoint(scope),
                    "status": status,
                    "ms": round((time.perf_counter() - begun) * 1000, 1),
                    "gym_id": scope["state"].get("gym_id"),
                },
            )


def _name_endpoint(scope: Scope) -> str | None:
    endpoint = scope.get("endpoint")
    name = getattr(endpoint, "__qualname__", None)
    return f"{endpoint.__module__}.{name}" if name else None


class SecurityHeaders:
    """Sets what a response has not set itself."""

    def __init__(self, app: ASGIApp, *, is_production: bool) -> None:
        self.app = app
        self.headers = dict(SECURITY_HEADERS)
        if is_production:
            self.headers["Strict-Transport-Security"] = HSTS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, send_with_headers)


class HttpsOnly:
    """Redirects plain http, to the API's own address: the Host that a caller sends may be any.

    uvicorn has put the scheme right if it trusts the proxy. A host without a dot, such as `api`, is
    a name inside the private network of the containers, where the dashboard calls; `localhost` is
    not one of them.
    """

    def __init__(self, app: ASGIApp, *, public_url: str) -> None:
        self.app = app
        self.address = "https://" + public_url.rstrip("/").rpartition("://")[2]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["scheme"] == "http":
            host = Headers(scope=scope).get("host", "")
            name = host.partition(":")[0]
            inside = name.replace("-", "").isalnum() and name != "localhost"
            if scope["path"] not in ALWAYS_PLAIN_HTTP and not inside:
                query = scope["query_string"].decode("latin-1")
                target = quote(scope["path"]) + (f"?{query}" if query else "")
                # 308 keeps the method; the body that came in the clear is not read.
                redirect = Response(status_code=308, headers={"Location": self.address + target})
                await redirect(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BugCatcher:
    """Turns unhandled exceptions into responses inside the other middleware, so that they get
    headers and an id."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def watch(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watch)
        except Exception as error:
            if scope["type"] != "http" or started:
                raise
            await render_bug(scope["method"], error)(scope, receive, send)


class HeadAsGet:
    """Answers HEAD like GET, without the body."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def send_head(message: Message) -> None:
            scope["method"] = "HEAD"  # for the log, and for the server, which counts what is sent
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        try:
            await self.app(scope, receive, send_head)
        finally:
            scope["method"] = "HEAD"


class LiteralPaths:
    """A literal path of a route takes precedence: `/check-ins/bulk` is no check-in called bulk."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.methods: dict[str, set[str]] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            methods = self._read_methods(scope["app"]).get(scope["path"])
            if methods and scope["method"] not in methods:
                await render_not_allowed(methods)(scope, receive, send)
                return
        await self.app(scope, receive, send)

    def _read_methods(self, app: FastAPI) -> dict[str, set[str]]:
        """By path. Read at the first request, when all routes are there."""
        if not self.methods:
            for route in iter_route_contexts(app.routes):
                if route.path and "{" not in route.path:
                    self.methods.setdefault(route.path, set()).update(route.methods or ())
        return self.methods
