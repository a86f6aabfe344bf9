"""Domain errors carry their own status; every failure leaves as `application/problem+json`."""

import logging
import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import iter_route_contexts
from pydantic import BaseModel, Field
from pydantic_core import ErrorDetails
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from api.kit.translation import translate
from api.kit.validation_messages import describe_mistake, name_field
from core.translation import Language, Sentence, join, mark, t

log = logging.getLogger(__name__)

MAX_MISTAKES = 100
"""Listed in one response. A megabyte has room for 90,000; nobody reads them."""


MAX_MISTAKE_LENGTH = 200
"""Characters that a message about one field has."""


class DomainError(Exception):
    """A refusal with a reason. `detail` tells the caller what to do about it, in no language yet.

    Title, detail and the messages in `errors` are rendered in the language of the request.
    `keeps_changes` is for the rare refusal whose own effect must last, such as ending a token
    family after a replay: the transaction is committed all the same.
    """

    status: ClassVar[int] = 400
    code: ClassVar[str] = "bad_request"
    title: ClassVar[str] = "Bad request"
    """A template: titles of all errors are in the catalogue."""
    keeps_changes: ClassVar[bool] = False

    def __init__(
        self,
        detail: Sentence,
        *,
        errors: list[dict[str, Any]] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(str(detail))
        self.detail = detail
        self.errors = errors or []
        self.headers = dict(headers or {})


class Unauthorized(DomainError):
    status, code, title = 401, "unauthorized", "Sign in first"

    def __init__(self, detail: Sentence) -> None:
        super().__init__(detail, headers={"WWW-Authenticate": "Bearer"})


class Forbidden(DomainError):
    status, code, title = 403, "forbidden", "Not allowed"


class NotFound(DomainError):
    status, code, title = 404, "not_found", "Not found"


class NotFoundInGym(NotFound):
    """A row that the caller named by its key. Another gym's is no different from one that does
    not exist."""

    sentence: ClassVar[str]
    """A template with {key}."""

    def __init__(self, key: object) -> None:
        super().__init__(t(self.sentence, key=key))


class MemberNotFound(NotFoundInGym):
    """Here, because nouns below members are about a member too."""

    code, title = "member_not_found", "No such member"
    sentence = mark("This gym has no member {key}.")


class Conflict(DomainError):
    status, code, title = 409, "conflict", "Conflict"


class Taken(Conflict):
    """What may be there only once is there: a value of `field`, in this gym."""

    field: ClassVar[str]
    sentence: ClassVar[str]
    """A template with {value}."""

    def __init__(self, value: object) -> None:
        super().__init__(t(self.sentence, value=value))


class TooLarge(DomainError):
    status, code, title = 413, "too_large", "Too large"


class Invalid(DomainError):
    status, code, title = 422, "invalid", "Invalid request"


class TooManyRequests(DomainError):
    status, code, title = 429, "too_many_requests", "Too many requests"

    def __init__(self, detail: Sentence, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(max(retry_after, 1))})


class TooSlow(DomainError):
    status, code, title = 408, "too_slow", "Too slow"

    def __init__(self) -> None:
        super().__init__(
            t("The body did not come in time. Nothing was changed; send the request again."),
            headers={"Connection": "close"},
        )


class TwoLengths(DomainError):
    """A proxy that goes by one of the two takes the end of the body for another request."""

    status, code, title = 400, "two_lengths", "Two lengths"

    def __init__(self) -> None:
        super().__init__(
            t("The request has both Content-Length and Transfer-Encoding. Send one of them."),
            headers={"Connection": "close"},
        )


class Busy(DomainError):
    """Somebody else is changing the same rows, and did not finish soon."""

    status, code, title = 503, "busy", "Busy"

    def __init__(self) -> None:
        super().__init__(
            t(
                "Others are changing the same data at this moment. Nothing was changed; send the"
                " request again."
            ),
            headers={"Retry-After": "1"},
        )


class TookTooLong(DomainError):
    """A statement of it ran longer than one may. Callers do as when it is `Busy`."""

    status, code, title = Busy.status, Busy.code, Busy.title

    def __init__(self) -> None:
        super().__init__(
            t(
                "The request took too long and was ended. Nothing was changed; send it again in a"
                " moment, or ask for less at a time."
            ),
            headers={"Retry-After": "2"},
        )


class Overloaded(DomainError):
    """Refused before anything was begun, see `api.kit.admission`."""

    status, code, title = 503, "overloaded", "Too many requests at once"

    def __init__(self, wait: float) -> None:
        super().__init__(
            t(
                "More of your requests are waiting than can be answered soon. Nothing was begun;"
                " send this one again in a moment."
            ),
            headers={"Retry-After": str(max(1, math.ceil(wait)))},
        )


class Unavailable(DomainError):
    status, code, title = 503, "unavailable", "Not available now"

    def __init__(self) -> None:
        super().__init__(
            t("The database cannot be reached. Nothing was changed; try again in a moment."),
            headers={"Retry-After": "2"},
        )


def refuse_fields(mistakes: Iterable[ErrorDetails | Mapping[str, Any]]) -> Invalid:
    """What pydantic found, as a refusal that names each field."""
    errors = [
        {
            "field": _make_printable(name_field(mistake)),
            "message": describe_mistake(mistake),
        }
        for mistake in mistakes
    ]
    named = [join(": ", error["field"], error["message"]) for error in errors[:5]]
    return Invalid(join("; ", *named), errors=errors)


BUSY = (Busy, Overloaded, Unavailable)
ANY_TIME = (Invalid, TooManyRequests, *BUSY)
"""What every route may return, whatever the request."""


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
    return _make_printable(translate(value)) if isinstance(value, Sentence) else value


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


def _make_printable(text: str) -> str:
    """The names of unknown fields come from the caller: whatever they hold must go into JSON."""
    return text[:MAX_MISTAKE_LENGTH].encode("utf-8", "backslashreplace").decode()
