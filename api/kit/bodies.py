"""What a request may send: bounded in time, bytes and parts before anything reads it.

Reading costs more than sending. A megabyte of unknown fields takes a second to refuse one by one,
and a text of a hundred kilobytes can take minutes to bring into normal form. So a caller who has
not signed in may send little, and no one more than any route can use.
"""

import asyncio
import json
import time
from collections.abc import Iterator
from functools import partial

from anyio import CapacityLimiter
from anyio.to_thread import run_sync
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.kit.errors import DomainError, Invalid, TooLarge, TooSlow, TwoLengths, Unauthorized
from api.kit.paths import PREFIX, PUBLIC_PAGES
from api.kit.problems import render_error
from api.kit.settings import Settings
from core.limits import MAX_BULK_ROWS, MAX_FILE_BYTES
from core.translation import Quantity, t

SMALL_BODY = 16 * 1024
"""Before sign-in, and of signing in itself."""
MAX_BODY = 1024 * 1024
MAX_FIELDS = 100
MAX_ELEMENTS = 10_200
"""Between commas: a campaign has up to 10,000 members."""
MAX_BULK_ELEMENTS = 20 * MAX_BULK_ROWS
"""Fields of bulk check-ins, and elements: too many rows are still read, and refused as that."""
MAX_DEPTH = 20
MAX_PATH_LENGTH = 2_000
MAX_QUERY_LENGTH = 4_000
BODY_TIMEOUT = 30.0
"""Seconds for a body to come, and as many again for each `BODY_TIMEOUT * MIN_BYTES_PER_SECOND`
bytes of it."""
MIN_BYTES_PER_SECOND = 10_000

IMPORT_PATH = PREFIX + "/imports"
BULK_PATH = PREFIX + "/check-ins/bulk"
FILES_OF = (PREFIX + "/members/", PREFIX + "/organizations/")
"""Below which pictures and documents are sent."""
WITHOUT_SIGN_IN = (PREFIX + "/auth/", *(path + "/" for path in PUBLIC_PAGES))
LARGE = 64 * 1024
"""Bytes. Larger bodies are checked in a thread, not on the event loop, where everybody would
wait."""
_CHECK_THREADS = 2
"""Bodies checked at a time."""
_BRACKETS = b"[]{}"
_NOT_BRACKETS = bytes(set(range(256)) - set(_BRACKETS))


class LengthGuard:
    """Refuses a request with two lengths, before any route, and ends the connection: what one of
    them leaves over would be taken for another request."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            if "content-length" in headers and "transfer-encoding" in headers:
                await render_error(TwoLengths())(scope, receive, send)
                return
        await self.app(scope, receive, send)


class BodyGuard:
    """Refuses what no route can use, before it is read. Texts with NUL or surrogates, too.

    PostgreSQL stores neither, and a route that forgets to check would return 500. Files and bulk
    check-ins may be larger; they are counted as they come, and only read for someone signed in.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings) -> None:
        self.app = app
        self.settings = settings
        self._check_threads = CapacityLimiter(_CHECK_THREADS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        try:
            receive = await self._guard(scope, receive)
        except DomainError as refusal:
            await render_error(refusal)(scope, receive, send)
            return
        await self.app(scope, receive, send)

    async def _guard(self, scope: Scope, receive: Receive) -> Receive:
        """The `receive` that the application may use."""
        headers = Headers(scope=scope)
        _check_address(scope)
        if "content-length" not in headers and "transfer-encoding" not in headers:
            return receive
        content_type = headers.get("content-type", "").lower()
        is_file = content_type.startswith("multipart/form-data") and _takes_file(scope["path"])
        limit = self._find_limit(scope, headers, is_file=is_file)
        _check_length(headers, limit)
        receive = _enforce_timeout(_count(receive, limit))
        if is_file:
            return receive
        body = await _read(receive)
        check = partial(_check_body, body, content_type, is_bulk=scope["path"] == BULK_PATH)
        if len(body) > LARGE:
            await run_sync(check, limiter=self._check_threads)
        else:
            check()
        return _replay(body, receive)

    def _find_limit(self, scope: Scope, headers: Headers, *, is_file: bool) -> int:
        path = scope["path"]
        is_signed_in = not isinstance(scope["state"]["claims"], Unauthorized)
        if is_file or path == BULK_PATH:
            if not is_signed_in:
                raise Unauthorized(t("Sign in before you send a file."))
            if not is_file:
                return self.settings.bulk_json_max_bytes
            if path.startswith(FILES_OF):
                return MAX_BODY + MAX_FILE_BYTES
            is_bulk = path == BULK_PATH
            return MAX_BODY + (
                self.settings.bulk_max_bytes if is_bulk else self.settings.import_max_bytes
            )
        if path.startswith(WITHOUT_SIGN_IN):
            return SMALL_BODY
        if is_signed_in:
            return MAX_BODY
        if _read_length(headers) > SMALL_BODY:
            # Not 413: a client whose token has ended renews it and sends the same again.
            raise Unauthorized(t("Sign in before you send more than 16 kB."))
        return SMALL_BODY


def _takes_file(path: str) -> bool:
    return path.startswith((IMPORT_PATH, BULK_PATH)) or (
        path.startswith(FILES_OF) and path.endswith(("/photo", "/documents", "/logo"))
    )


def _check_address(scope: Scope) -> None:
    query = scope["query_string"]
    if len(scope["path"]) > MAX_PATH_LENGTH or len(query) > MAX_QUERY_LENGTH:
        raise Invalid(t("The address is longer than any of ours. Shorten it."))
    if query.count(b"&") + query.count(b";") >= MAX_FIELDS:
        raise Invalid(
            t(
                "The address has more than {most_fields} parameters. Leave some out.",
                most_fields=MAX_FIELDS,
            )
        )
    if "\x00" in scope["path"] or b"%00" in query or b"\x00" in query:
        raise Invalid(t("The request contains a character that is not text."))


def _check_body(body: bytes, content_type: str, *, is_bulk: bool) -> None:
    if content_type.startswith("application/x-www-form-urlencoded"):
        if body.count(b"&") + body.count(b";") >= MAX_FIELDS:
            raise _make_too_many(MAX_FIELDS)
        if b"%00" in body or b"\x00" in body:
            raise Invalid(t("The request contains a character that is not text."))
    elif is_bulk:
        _check_json(body, fields=MAX_BULK_ELEMENTS, elements=MAX_BULK_ELEMENTS)
    elif "json" in content_type:
        _check_json(body, fields=MAX_FIELDS, elements=MAX_ELEMENTS)


def _check_json(body: bytes, *, fields: int, elements: int) -> None:
    try:
        body.decode()
    except UnicodeDecodeError as error:
        raise Invalid(t("The body is not UTF-8. Send it as JSON in UTF-8.")) from error
    plain = body.replace(b"\\\\", b"")  # what a backslash stands before now is escaped
    if b"\x00" in body or b"\\u0000" in plain:
        raise Invalid(t("The request contains a character that is not text."))
    opened = body.count(b"[") + body.count(b"{")
    if body.count(b":") > fields or body.count(b",") > elements or opened > MAX_DEPTH:
        marks = _leave_out_strings(plain, most=2 * fields + elements)
        if marks.count(b":") > fields:
            raise _make_too_many(fields)
        if marks.count(b",") > elements:
            raise _make_too_many_values(elements)
        _check_depth(marks)
    if b"\\ud" in body.lower():
        try:
            json.dumps(json.loads(body), ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise Invalid(t("The request contains a character that is not text.")) from error
        except (ValueError, RecursionError):
            return  # not JSON: the route says so


def _leave_out_strings(plain: bytes, *, most: int) -> bytes:
    quoted = plain.replace(b'\\"', b"")
    if quoted.count(b'"') > 2 * most:
        raise _make_too_many_values(most)
    return b"".join(quoted.split(b'"')[::2])


def _check_depth(marks: bytes) -> None:
    """Take the innermost brackets away, level by level, in C."""
    left = marks.translate(None, _NOT_BRACKETS)
    for _ in range(MAX_DEPTH):
        before, left = left, left.replace(b"[]", b"").replace(b"{}", b"")
        if not left or left == before:
            break
    if left:
        raise Invalid(
            t("The body is not JSON, or is nested more than {deepest} deep.", deepest=MAX_DEPTH)
        )


def _make_too_many(fields: int) -> Invalid:
    return Invalid(
        t(
            "The body has more than {fields} fields. Leave out what the route has not.",
            fields=Quantity(fields),
        )
    )


def _make_too_many_values(most: int) -> Invalid:
    return Invalid(
        t("The body has more than {most} values. Send them in parts.", most=Quantity(most))
    )


def _read_length(headers: Headers) -> int:
    announced = headers.get("content-length", "0")
    return int(announced) if announced.isascii() and announced.isdigit() else 0


def _check_length(headers: Headers, limit: int) -> None:
    if _read_length(headers) > limit:
        raise _make_too_large(limit)


def _make_too_large(limit: int) -> TooLarge:
    return TooLarge(
        t("The request is larger than this route takes: {limit} kB.", limit=Quantity(limit // 1024))
    )


async def _read(receive: Receive) -> bytes:
    chunks: list[bytes] = []
    while True:
        message = await receive()
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
            raise _make_too_large(limit)
        return message

    return counted


def _enforce_timeout(receive: Receive) -> Receive:
    """The same messages, as long as they come fast enough. What comes after the body may wait."""
    deadline = time.monotonic() + BODY_TIMEOUT
    is_coming = True

    async def hurried() -> Message:
        nonlocal deadline, is_coming
        if not is_coming:
            return await receive()
        try:
            async with asyncio.timeout(deadline - time.monotonic()):
                message = await receive()
        except TimeoutError as error:
            raise TooSlow from error
        deadline += len(message.get("body", b"")) / MIN_BYTES_PER_SECOND
        is_coming = message.get("more_body", False)
        return message

    return hurried


def _replay(body: bytes, receive: Receive) -> Receive:
    def messages() -> Iterator[Message]:
        yield {"type": "http.request", "body": body, "more_body": False}

    pending = messages()

    async def replay() -> Message:
        message = next(pending, None)
        return await receive() if message is None else message

    return replay
