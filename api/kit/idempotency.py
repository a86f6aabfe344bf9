"""A request sent twice under one Idempotency-Key takes effect once and gets the same response.

The key, the effect and the response are one transaction: a crash in between leaves none of them,
and a duplicate that arrives meanwhile waits for the first to end, then reads its response.
"""

import hashlib
import json
from collections.abc import Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import OperationalError

from api.kit.deps import PrincipalDep, SessionDep
from api.kit.errors import Conflict, DomainError, Invalid
from api.kit.translation import current_language
from core.translation import t
from db.models import IdempotencyKey
from db.session import GymSession
from db.types import GymId

HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MAX_KEY_LENGTH = 255
_UNFINISHED = 0
_LOCK_NOT_AVAILABLE = "55P03"

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


class IdempotentRequest:
    """Runs an effect at most once per key. Without a key it simply runs it."""

    def __init__(
        self,
        session: GymSession,
        *,
        gym_id: GymId,
        user_id: int,
        key: str | None,
        request_line: str,
        response: Response,
    ) -> None:
        self._session = session
        self._key = key
        self._owner = (gym_id, user_id)
        self._request_line = request_line
        self._response = response

    def run(
        self, data: BaseModel, model: type[Result], effect: Callable[[], Result], *, status: int
    ) -> Result:
        """Return what `effect` returns, or what it returned before for the same `data`.

        A `DomainError` from the effect is not kept: the request may be repeated once its cause is
        gone. `status` is the route's own.
        """
        if self._key is None:
            return effect()
        fingerprint = self._fingerprint(data)
        if not self._claim(fingerprint):
            return model.model_validate(self._replay(fingerprint))
        try:
            result = effect()
        except DomainError as error:
            if error.keeps_changes:
                self._session.execute(delete(IdempotencyKey).where(*self._is_mine()))
            raise
        self._session.flush()
        self._session.execute(
            update(IdempotencyKey)
            .where(*self._is_mine())
            .values(
                status=status,
                answer=result.model_dump(mode="json"),
                language=current_language(),
            )
        )
        return result

    def _fingerprint(self, data: BaseModel) -> str:
        body = json.dumps(data.model_dump(mode="json"), sort_keys=True)
        return hashlib.sha256(f"{self._request_line}\n{body}".encode()).hexdigest()

    def _claim(self, fingerprint: str) -> bool:
        gym_id, user_id = self._owner
        statement = (
            insert(IdempotencyKey)
            .values(
                gym_id=gym_id,
                user_id=user_id,
                key=self._key,
                fingerprint=fingerprint,
                status=_UNFINISHED,
                answer={},
            )
            .on_conflict_do_nothing()
            .returning(IdempotencyKey.key)
        )
        try:
            # Waits here for a duplicate's transaction, as long as lock_timeout allows.
            return self._session.execute(statement).one_or_none() is not None
        except OperationalError as error:
            if getattr(error.orig, "pgcode", None) == _LOCK_NOT_AVAILABLE:
                raise StillRunning from error
            raise

    def _replay(self, fingerprint: str) -> object:
        row = self._session.execute(
            select(
                IdempotencyKey.fingerprint,
                IdempotencyKey.status,
                IdempotencyKey.answer,
                IdempotencyKey.language,
            ).where(*self._is_mine())
        ).one_or_none()
        if row is None:
            raise StillRunning
        if row.fingerprint != fingerprint:
            raise KeyReused(
                t(
                    "This {header} was sent with another request. Use a new key for a new request.",
                    header=HEADER,
                )
            )
        self._response.status_code = row.status
        self._response.headers[REPLAYED_HEADER] = "true"
        if row.language is not None:
            self._response.headers["Content-Language"] = row.language
        return row.answer

    def _is_mine(self) -> tuple[ColumnElement[bool], ...]:
        gym_id, user_id = self._owner
        return (
            IdempotencyKey.gym_id == gym_id,
            IdempotencyKey.user_id == user_id,
            IdempotencyKey.key == self._key,
        )


def get_idempotent_request(
    request: Request,
    response: Response,
    session: SessionDep,
    principal: PrincipalDep,
    key: Annotated[
        str | None,
        Header(
            alias=HEADER,
            json_schema_extra={"minLength": 1, "maxLength": MAX_KEY_LENGTH, "pattern": "^[ -~]+$"},
            description="Any text of your own, new for each request you mean to take effect. "
            "The same key again returns the same and does nothing.",
        ),
    ] = None,
) -> IdempotentRequest:
    if key is not None and not (
        0 < len(key) <= MAX_KEY_LENGTH and key.isascii() and key.isprintable()
    ):
        raise Invalid(
            t(
                "{header} must be 1 to {longest_key} printable ASCII characters.",
                header=HEADER,
                longest_key=MAX_KEY_LENGTH,
            )
        )
    return IdempotentRequest(
        session,
        gym_id=principal.gym_id,
        user_id=principal.user_id,
        key=key,
        request_line=f"{request.method} {request.url.path}?{request.url.query}",
        response=response,
    )


IdempotentDep = Annotated[IdempotentRequest, Depends(get_idempotent_request)]
