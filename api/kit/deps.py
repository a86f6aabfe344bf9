"""What routes depend on: a session that commits at the edge, the caller, and the clock."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from functools import partial
from typing import Annotated, Any, TypeVar

from anyio import CancelScope
from anyio.to_thread import run_sync
from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer

from api.kit.access_tokens import AccessClaims
from api.kit.admission import Admission, Slot
from api.kit.errors import DomainError, Forbidden, GymSuspended, Unauthorized
from api.kit.paths import OWN_ACCOUNT
from api.kit.permissions import Permission, is_allowed
from api.kit.principal import (
    Caller,
    Principal,
    SuperAdmin,
    load_principal,
    load_super_admin,
)
from api.kit.rate_limits import name_network
from api.kit.settings import Settings
from core.clock import AsOf, read_now
from core.translation import t
from db.as_of import read_as_of
from db.session import GymSession

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])
NOT_ALLOWED = t("Your role may not do this. Ask the owner of the gym.")
FOR_A_GYM = t("This is for the people of a gym. You run the platform.")
READING_METHODS = frozenset({"GET", "HEAD"})

oauth2 = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login/form", auto_error=False)


# Those that only look something up are async: a thread for each would cost more than they do.
async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


async def get_now() -> datetime:
    return read_now()


NowDep = Annotated[datetime, Depends(get_now)]


async def get_address(request: Request) -> str | None:
    """The caller's address. uvicorn has put it right if, and only if, it trusts the proxy."""
    return request.client.host if request.client else None


AddressDep = Annotated[str | None, Depends(get_address)]


async def get_claims(request: Request) -> AccessClaims | Unauthorized:
    """The claims of the caller's token, or why it has none: see `api.kit.callers`."""
    claims: AccessClaims | Unauthorized = request.state.claims
    return claims


ClaimsDep = Annotated[AccessClaims | Unauthorized, Depends(get_claims)]


def slot_of(
    request: Request, claims: AccessClaims | Unauthorized, address: str | None
) -> AbstractAsyncContextManager[Slot]:
    """One of the gym's slots, or the address's: see `api.kit.admission`."""
    admission: Admission = request.app.state.admission
    if isinstance(claims, Unauthorized):
        return admission.slot(f"address {name_network(address)}", is_guest=True)
    return admission.slot(f"gym {claims.gym_id or 'none'}", is_guest=False)


async def admit(request: Request, claims: ClaimsDep, address: AddressDep) -> AsyncIterator[Slot]:
    """Wait for a slot."""
    async with slot_of(request, claims, address) as slot:
        yield slot


SlotDep = Annotated[Slot, Depends(admit, scope="function")]


def leaves_trace(endpoint: Endpoint) -> Endpoint:
    """Of a GET that writes down that it was asked: its session may write."""
    endpoint.leaves_trace = True  # type: ignore[attr-defined]
    return endpoint


async def get_session(request: Request, _slot: SlotDep) -> AsyncIterator[GymSession]:
    """One transaction per request. It commits before the response leaves: see `SessionDep`.

    A GET sees one moment of the database, so that all figures of a response agree, and cannot
    write, unless it `leaves_trace`.
    """
    state = request.app.state
    writes = getattr(request.scope["endpoint"], "leaves_trace", False)
    is_read = request.method in READING_METHODS and not writes
    session: GymSession = (state.reading_factory if is_read else state.session_factory)()
    try:
        yield session
    except DomainError as error:
        await _end(session, commits=error.keeps_changes)
        raise
    except BaseException:
        await _end(session, commits=False)
        raise
    await _end(session, commits=True)


async def _end(session: GymSession, *, commits: bool) -> None:
    with CancelScope(shield=True):  # its connection goes back to the pool, whatever happens
        await run_sync(partial(_commit_and_close, session, commits=commits))


def _commit_and_close(session: GymSession, *, commits: bool) -> None:
    with session:
        if commits:
            session.commit()


# scope="function": without it FastAPI commits after the response is sent, and a client could
# read 201 for a row that then fails to be stored.
SessionDep = Annotated[GymSession, Depends(get_session, scope="function")]


def get_caller(
    request: Request,
    session: SessionDep,
    now: NowDep,
    claims: ClaimsDep,
    address: AddressDep,
    _scheme: Annotated[str | None, Depends(oauth2)],  # for the documentation's Authorize button
) -> Caller:
    """Whoever has signed in. Scopes the session to their gym, or to none for a super admin."""
    if isinstance(claims, Unauthorized):
        raise claims
    if claims.gym_id is None:
        return load_super_admin(
            session, claims, now=now, request_id=request.state.request_id, address=address
        )
    principal = load_principal(
        session,
        claims,
        now=now,
        request_id=request.state.request_id,
        address=address,
        is_exempt=request.url.path.startswith(OWN_ACCOUNT)
        or getattr(request.scope["endpoint"], "leaves_trace", False),
    )
    request.state.gym_id = principal.gym_id  # for the log line
    request.state.suspended_reason = principal.gym.suspended_reason  # for api.kit.problems
    return principal


CallerDep = Annotated[Caller, Depends(get_caller)]


async def get_principal(caller: CallerDep) -> Principal:
    """The caller, in a gym. A super admin has none, and no way into one."""
    if isinstance(caller, SuperAdmin):
        raise Forbidden(FOR_A_GYM)
    return caller


PrincipalDep = Annotated[Principal, Depends(get_principal)]


class Requirement:
    """What a route demands of the caller's role."""

    def __init__(self, permission: Permission, *, only_reads: bool = False) -> None:
        self.permission = permission
        self.only_reads = only_reads


class Require(Requirement):
    """The dependency of every route of a gym: the caller, if their role may do this.

    In a suspended gym a route that may write is refused, unless it `only_reads` although it is no
    GET, as a preview does. PostgreSQL would refuse it as well, after files were taken in and
    mistakes listed that nobody could mend.
    """

    async def __call__(self, request: Request, principal: PrincipalDep) -> Principal:
        check_may(principal, self, request.method)
        return principal


class RequireOfAnyone(Requirement):
    """The dependency of routes that super admins may call: the caller, if their role may do
    this."""

    async def __call__(self, caller: CallerDep) -> Caller:
        check_allowed(caller, self.permission)
        return caller


def check_may(principal: Principal, required: Requirement, method: str) -> None:
    """Raises `Forbidden`, and `GymSuspended` of what may write in a gym that is."""
    check_allowed(principal, required.permission)
    if principal.is_suspended and not (required.only_reads or method in READING_METHODS):
        raise GymSuspended(principal.gym.suspended_reason or "")


def check_allowed(caller: Caller, permission: Permission) -> None:
    """Raises `Forbidden`."""
    if not is_allowed(caller.role, permission):
        raise Forbidden(NOT_ALLOWED)


def get_as_of(session: SessionDep, principal: PrincipalDep, now: NowDep) -> AsOf:
    """The moment that the gym's figures are for."""
    return read_as_of(session, principal.gym, now)


AsOfDep = Annotated[AsOf, Depends(get_as_of)]
