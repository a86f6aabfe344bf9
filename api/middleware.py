"""What surrounds every request: its id and log line, headers, https, and what bodies may be.

Pure ASGI, outside of Starlette's own handling, so that failures are covered as well.
"""

import json
import logging
import re
import time
from collections.abc import Iterator
from secrets import token_hex
from urllib.parse import quote

from fastapi import FastAPI
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth.tokens import read_access_token
from api.deps import get_now
from api.errors import TooLarge, Unauthorized, render, render_bug
from api.logs import request_id
from api.portuguese.problems import PortugueseProblems
from api.settings import Settings
from db.clock import read_now

log = logging.getLogger("api.requests")

LARGEST_BODY = 1024 * 1024
IMPORT_PATH = "/api/v1/imports"
BULK_PATH = "/api/v1/check-ins/bulk"
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
_NUL_IN_JSON = re.compile(rb"\x00|(?<!\\)(?:\\\\)*\\u0000")


def add_middleware(app: FastAPI, settings: Settings) -> None:
    """The last one added is the outermost."""
    app.add_middleware(BodyGuard, settings=settings)
    app.add_middleware(BugCatcher)
    app.add_middleware(PortugueseProblems)
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
        app.add_middleware(HttpsOnly)
    app.add_middleware(SecurityHeaders, is_production=settings.is_production)
    app.add_middleware(RequestLog)


class RequestLog:
    """Gives each request an id, answers it as X-Request-ID, and logs one line when it is done.

    The line names what answered, not the address: that of an unsubscribe link is a secret.
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
    """Sets what an answer has not set itself."""

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
    """Redirects plain http. uvicorn has put the scheme right if it trusts the proxy.

    A host without a dot, such as `api`, is a name inside the private network of the containers,
    where the dashboard calls; `localhost` is not one of them.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["scheme"] == "http":
            host = Headers(scope=scope).get("host", "")
            name = host.partition(":")[0]
            inside = name.replace("-", "").isalnum() and name != "localhost"
            if scope["path"] not in ALWAYS_PLAIN_HTTP and not inside:
                query = scope["query_string"].decode("latin-1")
                target = quote(scope["path"]) + (f"?{query}" if query else "")
                # 308 keeps the method; the body that came in the clear is not read.
                redirect = Response(
                    status_code=308, headers={"Location": f"https://{host}{target}"}
                )
                await redirect(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BugCatcher:
    """Answers our own mistakes inside the other middleware, so that they get headers and an id."""

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


class BodyGuard:
    """Refuses what no route can use: bodies over a megabyte, text with NUL or surrogates.

    PostgreSQL stores neither, and a route that forgets to say so would answer 500. Files and bulk
    check-ins may be larger; they are counted as they come, and only read for someone signed in.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            _refuse_nul(scope)
            headers = Headers(scope=scope)
            content_type = headers.get("content-type", "").lower()
            is_form = content_type.startswith("multipart/form-data")
            large = self._find_large_limit(scope["path"], is_form=is_form)
            if large is not None:
                self._check_caller(scope, headers)
            limit = large or LARGEST_BODY
            if large is not None and is_form:
                _check_length(headers, limit)
                receive = _count(receive, limit)
            elif "content-length" in headers or "transfer-encoding" in headers:
                _check_length(headers, limit)
                body = await _read(receive, limit)
                _refuse_unstorable(body, content_type)
                receive = _replay(body, receive)
        except HTTPException as error:
            answer = render(error.status_code, *_REFUSALS[error.status_code])
            if error.status_code == 401:
                answer.headers["WWW-Authenticate"] = "Bearer"
            await answer(scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _find_large_limit(self, path: str, *, is_form: bool) -> int | None:
        """How much a route takes that takes more than others, and only from who is signed in."""
        if is_form and path.startswith(IMPORT_PATH):
            return self.settings.import_max_bytes + LARGEST_BODY
        if path == BULK_PATH:
            if is_form:
                return self.settings.bulk_max_bytes + LARGEST_BODY
            return self.settings.bulk_json_max_bytes
        return None

    def _check_caller(self, scope: Scope, headers: Headers) -> None:
        scheme, _, token = headers.get("authorization", "").partition(" ")
        clock = scope["app"].dependency_overrides.get(get_now, read_now)
        try:
            if scheme.lower() != "bearer":
                raise Unauthorized("no token")
            read_access_token(token.strip(), self.settings.secret_key, now=clock())
        except Unauthorized as error:
            raise HTTPException(401) from error


_REFUSALS = {
    401: (Unauthorized.code, Unauthorized.title, "Sign in before you send a file."),
    413: (TooLarge.code, TooLarge.title, "The request is larger than this route takes."),
    422: ("invalid", "Invalid request", "The request contains a character that is not text."),
}


def _refuse_nul(scope: Scope) -> None:
    if "\x00" in scope["path"] or re.search(rb"%00|\x00", scope["query_string"]):
        raise HTTPException(422)


def _refuse_unstorable(body: bytes, content_type: str) -> None:
    if content_type.startswith("application/x-www-form-urlencoded"):
        if b"%00" in body or b"\x00" in body:
            raise HTTPException(422)
    elif "json" in content_type:
        if _NUL_IN_JSON.search(body):
            raise HTTPException(422)
        if b"\\ud" in body.lower():
            try:
                json.dumps(json.loads(body), ensure_ascii=False).encode()
            except UnicodeEncodeError as error:
                raise HTTPException(422) from error
            except (ValueError, RecursionError):
                return  # not JSON: the route says so


def _check_length(headers: Headers, limit: int) -> None:
    try:
        length = int(headers.get("content-length", "0"))
    except ValueError:
        length = 0
    if length > limit:
        raise HTTPException(413)


async def _read(receive: Receive, limit: int) -> bytes:
    counted = _count(receive, limit)
    chunks: list[bytes] = []
    while True:
        message = await counted()
        chunks.append(message.get("body", b""))
        if not message.get("more_body", False):  # also the end of a connection that broke off
            return b"".join(chunks)


def _count(receive: Receive, limit: int) -> Receive:
    taken = 0

    async def counted() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > limit:
            raise HTTPException(413)
        return message

    return counted


def _replay(body: bytes, receive: Receive) -> Receive:
    def messages() -> Iterator[Message]:
        yield {"type": "http.request", "body": body, "more_body": False}

    pending = messages()

    async def replay() -> Message:
        message = next(pending, None)
        return await receive() if message is None else message

    return replay
