"""Routes that ask the database once, for the caller and all else: the caller is read last.

Every thread and every statement that a request goes through costs as much as the work of a small
one. Only the busiest route is worth it; all others are written with `api.kit.deps`.
"""

from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from anyio.to_thread import run_sync
from fastapi import Depends, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from sqlalchemy import Engine
from sqlalchemy.orm import sessionmaker

from api.kit.access_tokens import AccessClaims
from api.kit.deps import (
    FOR_A_GYM,
    NOT_ALLOWED,
    Requirement,
    check_may,
    get_address,
    get_claims,
    get_now,
    oauth2,
    slot_of,
)
from api.kit.errors import DomainError, Forbidden, GymSuspended, Unauthorized
from api.kit.permissions import is_allowed, list_roles
from api.kit.principal import SIGN_IN_ENDED, Principal, load_principal
from core.clock import read_now
from db.models import Role
from db.session import GymSession
from db.types import GymId


@dataclass(frozen=True)
class DeferredCaller:
    """Who asks, by their token. What they may do is known once the database is asked: by a function
    of its own that begins with `begin_request`, or by a session as on every other route."""

    claims: AccessClaims
    gym_id: GymId
    requirement: Requirement
    request_id: str
    address: str | None
    engine: Engine
    factory: sessionmaker[GymSession]

    @property
    def owner(self) -> tuple[GymId, int]:
        """Of the key that they sent."""
        return self.gym_id, self.claims.user_id

    def values(self) -> dict[str, Any]:
        """What such a function needs to know; it does nothing for other roles than `roles`."""
        return {
            "gym_id": self.gym_id,
            "user_id": self.claims.user_id,
            "token_version": self.claims.token_version,
            "session_id": self.claims.session_id,
            "request_id": self.request_id,
            "address": self.address,
            "roles": list_roles(self.requirement.permission),
        }

    def check(self, caller: Mapping[str, Any] | None) -> Mapping[str, Any]:
        """What it says of the caller, null of nobody. Raises `Unauthorized`, `Forbidden` and
        `GymSuspended`."""
        if caller is None:
            raise Unauthorized(SIGN_IN_ENDED)
        if not is_allowed(Role(caller["role"]), self.requirement.permission):
            raise Forbidden(NOT_ALLOWED)
        if caller["suspended_for"] is not None:
            raise GymSuspended(caller["suspended_for"])
        return caller

    @contextmanager
    def open_session(
        self, request: Request, *, now: datetime
    ) -> Iterator[tuple[GymSession, Principal]]:
        """What `get_session`, `get_caller` and `Require` do, in this thread."""
        with self.factory() as session:
            try:
                caller = load_principal(
                    session,
                    self.claims,
                    now=now,
                    request_id=self.request_id,
                    address=self.address,
                )
                request.state.suspended_reason = caller.gym.suspended_reason
                check_may(caller, self.requirement, request.method)
                yield session, caller
            except DomainError as error:
                if error.keeps_changes:
                    session.commit()
                raise
            session.commit()


class RequireDeferred(Requirement):
    """`Require` of such a route: gives a slot and who asks, neither a session nor a caller."""

    async def __call__(
        self, request: Request, _scheme: Annotated[str | None, Depends(oauth2)]
    ) -> AsyncIterator[DeferredCaller]:
        # Asked for here: what a dependency depends on costs more than it does.
        claims, address = await get_claims(request), await get_address(request)
        if isinstance(claims, Unauthorized):
            raise claims
        if claims.gym_id is None:
            raise Forbidden(FOR_A_GYM)
        request.state.gym_id = claims.gym_id  # for the log line
        state = request.app.state
        caller = DeferredCaller(
            claims,
            GymId(claims.gym_id),
            self,
            request.state.request_id,
            address,
            state.engine,
            state.session_factory,
        )
        request.state.deferred = caller
        async with slot_of(request, claims, address):
            yield caller


class DeferredRoute(APIRoute):
    """The class of such a route. Mistakes in a request are told only to callers who may use the
    route: where validation fails first, the caller is checked here."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def handle_or_refuse(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError:
                # What is no JSON is refused before anybody is asked for, as on every other route.
                if hasattr(request.state, "deferred"):
                    await self._check_caller(request)
                raise

        return handle_or_refuse

    async def _check_caller(self, request: Request) -> None:
        deferred: DeferredCaller = request.state.deferred
        now = request.app.dependency_overrides.get(get_now, read_now)()

        def check() -> None:
            with deferred.open_session(request, now=now):
                pass

        await run_sync(check)  # in the slot of the request, which it keeps until this has ended
