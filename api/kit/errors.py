"""What a request is refused with: each error carries its own status and says what to do about it.

`api.kit.problems` writes them down.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pydantic_core import ErrorDetails

from api.kit.validation_messages import describe_mistake, name_field
from core.translation import Sentence, join, t

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


class GymSuspended(DomainError):
    """Nothing of a suspended gym is changed, whoever asks."""

    status, code, title = 403, "gym_suspended", "The gym is suspended"

    def __init__(self, reason: str) -> None:
        super().__init__(
            t(
                "This gym is suspended: {reason}. Everything can still be read and exported, and"
                " nothing can be changed. Ask whoever runs this platform.",
                reason=reason.rstrip("."),
            )
        )


class NotFound(DomainError):
    status, code, title = 404, "not_found", "Not found"


class NotFoundInGym(NotFound):
    """A row that the caller named by its key. Another gym's is no different from one that does
    not exist."""

    sentence: ClassVar[str]
    """A template with {key}."""

    def __init__(self, key: object) -> None:
        super().__init__(t(self.sentence, key=key))


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
            "field": make_printable(name_field(mistake)),
            "message": describe_mistake(mistake),
        }
        for mistake in mistakes
    ]
    named = [join(": ", error["field"], error["message"]) for error in errors[:5]]
    return Invalid(join("; ", *named), errors=errors)


BUSY = (Busy, Overloaded, Unavailable)
ANY_TIME = (Invalid, TooManyRequests, *BUSY)
"""What every route may return, whatever the request."""


def make_printable(text: str) -> str:
    """The names of unknown fields come from the caller: whatever they hold must go into JSON."""
    return text[:MAX_MISTAKE_LENGTH].encode("utf-8", "backslashreplace").decode()
