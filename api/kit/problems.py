"""Every failure leaves as `application/problem+json`, in the language of the request."""

import logging
from collections.abc import Iterable, Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from sqlalchemy.exc import (
    DataError,
    DBAPIError,
    IntegrityError,
    InternalError,
    OperationalError,
)
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.kit.errors import (
    Busy,
    Conflict,
    DomainError,
    GymSuspended,
    Invalid,
    NotFound,
    TookTooLong,
    TooLarge,
    Unauthorized,
    Unavailable,
    make_printable,
    refuse_fields,
)
from api.kit.translation import translate
from core.translation import Language, Sentence, mark, t

log = logging.getLogger(__name__)

MAX_MISTAKES = 100
"""Listed in one response. A megabyte has room for 90,000; nobody reads them."""


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str = Field(description="Stable name of the problem, for programs")
    errors: list[dict[str, Any]] = Field(default_factory=list, description="One entry per field")


def render(
    status: int,
    code: str,
    title: str,
    detail: Sentence,
    *,
    errors: list[dict[str, Any]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """In the language of the request; `title` is a template."""
    problem = Problem(
        title=translate(t(title)),
        status=status,
        detail=translate(detail),
        code=code,
        errors=[{name: _say(value) for name, value in error.items()} for error in errors or []],
    )
    return JSONResponse(
        problem.model_dump(mode="json"),
        status_code=status,
        headers=dict(headers or {}),
        media_type="application/problem+json",
    )


def _say(value: Any) -> Any:
    return make_printable(translate(value)) if isinstance(value, Sentence) else value


def render_error(error: DomainError) -> JSONResponse:
    return render(
        error.status,
        error.code,
        error.title,
        error.detail,
        errors=error.errors,
        headers=error.headers,
    )


def describe(
    *errors: type[DomainError], language: Language = Language.ENGLISH
) -> dict[int | str, dict[str, Any]]:
    """The `responses=` of a route that may answer these errors; titles in `language`."""
    titles_by_status: dict[int, dict[str, None]] = {}
    for error in errors:
        titles_by_status.setdefault(error.status, {})[translate(t(error.title), language)] = None
    return {
        status: describe_problem("; ".join(found)) for status, found in titles_by_status.items()
    }


def describe_problem(description: str) -> dict[str, Any]:
    """A problem as OpenAPI has it."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {"description": description, "content": content}


def add_error_handlers(app: FastAPI) -> None:
    """Render every failure as a problem; none shows a stack trace or a query."""

    @app.exception_handler(DomainError)
    async def _domain(_request: Request, error: DomainError) -> JSONResponse:
        return render_error(error)

    @app.exception_handler(RequestValidationError)
    async def _validation(_request: Request, error: RequestValidationError) -> JSONResponse:
        return render_error(refuse_fields(error.errors()[:MAX_MISTAKES]))

    @app.exception_handler(ClientDisconnect)
    async def _gone(_request: Request, _error: ClientDisconnect) -> JSONResponse:
        # Nobody reads this. Without it the log would call it a mistake of ours.
        return render(
            400, "broken_off", mark("The request broke off"), t("It did not come to its end.")
        )

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        headers = dict(error.headers or {})
        if error.status_code == 405:
            return render_not_allowed(_read_methods(request.app, request.scope["path"]))
        if error.status_code == 400:  # FastAPI's word for a body that it cannot read
            return render_error(Invalid(t("The body cannot be read. Send JSON as described.")))
        if error.status_code == 404:
            return render_error(NotFound(t("Nothing is at this address.")))
        title, code = _HTTP.get(error.status_code, (str(error.detail), "http_error"))
        return render(error.status_code, code, title, t(str(error.detail)), headers=headers)

    @app.exception_handler(DataError)
    async def _data(_request: Request, _error: DataError) -> JSONResponse:
        return render(
            422, "invalid", "Invalid request", t("A value is outside what can be stored.")
        )

    @app.exception_handler(IntegrityError)
    async def _integrity(request: Request, error: IntegrityError) -> JSONResponse:
        # Services check before they write: another request was faster, or one forgot to check.
        log.warning("constraint refused a write on %s", request.method, exc_info=error)
        return render(
            Conflict.status,
            Conflict.code,
            Conflict.title,
            t("This clashes with what is stored already. Nothing was changed; read it again."),
        )

    @app.exception_handler(InternalError)
    async def _read_only(request: Request, error: InternalError) -> JSONResponse:
        reason = getattr(request.state, "suspended_reason", None)
        if reason is not None and getattr(error.orig, "pgcode", None) == _READ_ONLY:
            return render_error(GymSuspended(reason))
        return render_bug(request.method, error)

    @app.exception_handler(OperationalError)
    @app.exception_handler(PoolTimeout)
    async def _database(_request: Request, error: DBAPIError) -> JSONResponse:
        code = getattr(getattr(error, "orig", None), "pgcode", None)
        if code in _CANCELED_CODES:
            log.warning("rows are busy")
            return render_error(Busy())
        if code == _TOOK_TOO_LONG:
            log.warning("a statement took too long")
            return render_error(TookTooLong())
        log.error("database not reachable", exc_info=error)
        return render_error(Unavailable())

    @app.exception_handler(ValueError)
    async def _value(request: Request, error: ValueError) -> JSONResponse:
        # psycopg2 raises these two itself, before the database sees the text.
        is_surrogate = isinstance(error, UnicodeEncodeError) and "surrogates" in error.reason
        if is_surrogate or "NUL (0x00)" in str(error):
            return render_error(Invalid(t("A text contains what is not text.")))
        return render_bug(request.method, error)

    @app.exception_handler(Exception)
    async def _bug(request: Request, error: Exception) -> JSONResponse:
        return render_bug(request.method, error)


def render_bug(method: str, error: Exception) -> JSONResponse:
    """The caller learns nothing about an internal error. The log has the rest."""
    log.error("unhandled error on %s", method, exc_info=error)
    return render(
        500,
        "internal_error",
        mark("Our mistake"),
        t("Something went wrong here. Nothing was changed."),
    )


# lock_not_available, deadlock_detected, serialization_failure
_CANCELED_CODES = {"55P03", "40P01", "40001"}
_TOOK_TOO_LONG = "57014"  # query_canceled
_READ_ONLY = "25006"  # read_only_sql_transaction
_HTTP = {
    401: (Unauthorized.title, "unauthorized"),
    405: (mark("Method not allowed"), "method_not_allowed"),
    413: (TooLarge.title, TooLarge.code),
}


def render_not_allowed(methods: Iterable[str]) -> JSONResponse:
    """405. HEAD is allowed wherever GET is."""
    allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)
    names = ", ".join(sorted(allowed))
    title, code = _HTTP[405]
    detail = t("Use one of: {methods}.", methods=names)
    return render(405, code, title, detail, headers={"Allow": names})


def _read_methods(app: FastAPI, path: str) -> set[str]:
    """Every method of the path. Starlette names those of the first route only."""
    return {
        method
        for route in iter_route_contexts(app.routes)
        if route.methods and route.path_regex and route.path_regex.match(path)
        for method in route.methods
    }
