"""A request sent twice under one Idempotency-Key takes effect once and gets the same response.

The effect and the response are one transaction: a crash leaves neither, and a duplicate that
arrives meanwhile waits for the first to end, then gets its response.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy.exc import OperationalError

from api.kit.deps import PrincipalDep, SessionDep
from api.kit.errors import Conflict, Invalid
from api.kit.principal import Principal
from api.kit.translation import current_language
from core.translation import t
from db.session import GymSession
from db.types import GymId

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAX_KEY_LENGTH = 255
_LOCK_NOT_AVAILABLE = "55P03"
_FIND = "select fingerprint, status, answer, language from find_response(%s, %s, %s)"
_KEEP = """
insert into idempotency_keys (gym_id, user_id, key, fingerprint, status, answer, language)
values (%s, %s, %s, %s, %s, %s, %s)
"""

Result = TypeVar("Result", bound=BaseModel)


class StillRunning(Conflict):
    code, title = "still_running", "The same request is still running"

    def __init__(self) -> None:
        super().__init__(
            t("A request with this Idempotency-Key has not finished. Send it again in a moment."),
            headers={"Retry-After": "2"},
        )


class KeyReused(Invalid):
    code, title = "idempotency_key_reused", "Idempotency-Key used for another request"


@dataclass(frozen=True)
class SentKey:
    """A key, and the request that it came with."""

    text: str
    request_line: str

    def fingerprint(self, data: BaseModel) -> str:
        body = json.dumps(data.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(f"{self.request_line}\n{body}".encode()).hexdigest()


def keep_response(
    execute: Callable[[str, tuple[object, ...]], object],
    owner: tuple[GymId, int],
    sent: SentKey,
    data: BaseModel,
    response: str,
    *,
    status: int,
) -> None:
    """Keep a response, as JSON, in the transaction that looked for one, which `execute` writes
    in. The `owner` of a key is a user of a gym."""
    kept = (sent.text, sent.fingerprint(data), status, response, current_language())
    execute(_KEEP, (*owner, *kept))


class IdempotentRequest:
    """Runs an effect at most once per key. Without a key it simply runs it."""

    def __init__(
        self,
        session: GymSession,
        principal: Principal,
        sent: SentKey | None,
        response: Response,
    ) -> None:
        self._session = session
        self._sent = sent
        self._owner = (principal.gym_id, principal.user_id)
        self._response = response

    def run(
        self, data: BaseModel, model: type[Result], effect: Callable[[], Result], *, status: int
    ) -> Result:
        """Return what `effect` returns, or what it returned before for the same `data`.

        A `DomainError` from the effect is not kept: the request may be repeated once its cause is
        gone. `status` is the route's own.
        """
        sent = self._sent
        if sent is None:
            return effect()
        found = self._find(sent)
        if found.status is not None:
            return model.model_validate(self._replay(found, sent.fingerprint(data)))
        result = effect()
        self._session.flush()
        keep_response(
            self._session.connection().exec_driver_sql,
            self._owner,
            sent,
            data,
            result.model_dump_json(),
            status=status,
        )
        return result

    def _find(self, sent: SentKey) -> Any:
        try:
            return (
                self._session.connection().exec_driver_sql(_FIND, (*self._owner, sent.text)).one()
            )
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) == _LOCK_NOT_AVAILABLE:
                raise StillRunning from error
            raise

    def _replay(self, found: Any, fingerprint: str) -> object:
        if found.fingerprint != fingerprint:
            raise KeyReused(
                t(
                    "This {header} was sent with another request. Use a new key for a new request.",
                    header=HEADER,
                )
            )
        self._response.status_code = found.status
        self._response.headers[REPLAYED_HEADER] = "true"
        if found.language is not None:
            self._response.headers["Content-Language"] = found.language
        return found.answer


async def get_key(
    request: Request,
    key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            json_schema_extra={"minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"},
            description="Any text of your own, new for each request you mean to take effect. "
            "The same key again returns the same and does nothing.",
        ),
    ] = None,
) -> SentKey | None:
    if key is None:
        return None
    if not (0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()):
        raise Invalid(
            t(
                "{header} must be 1 to {longest_key} printable ASCII characters.",
                header=HEADER,
                longest_key=MAX_KEY_LENGTH,
            )
        )
    path, query = request.scope["path"], request.scope["query_string"].decode("latin-1")
    return SentKey(key, f"{request.method} {path}?{query}")


KeyDep = Annotated[SentKey | None, Depends(get_key)]


def get_idempotent_request(
    response: Response, session: SessionDep, principal: PrincipalDep, sent: KeyDep
) -> IdempotentRequest:
    return IdempotentRequest(session, principal, sent, response)


IdempotentDep = Annotated[IdempotentRequest, Depends(get_idempotent_request)]
