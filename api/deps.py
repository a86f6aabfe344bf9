"""What routes depend on: a session that commits at the edge, the caller, and the clock."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import OAuth2PasswordBearer
from fastapi.security.utils import get_authorization_scheme_param

from api.auth.permissions import Permission, is_allowed
from api.auth.principal import Principal, load_principal
from api.auth.tokens import AccessClaims, read_access_token
from api.errors import DomainError, Forbidden, Unauthorized
from api.rate_limits import RateLimits
from api.settings import Settings
from db.clock import AsOf, read_as_of, read_now
from db.session import GymSession

oauth2 = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/login/form", auto_error=False)


# Those that only look something up are async: a thread for each would take longer than they do.
async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(get_settings)]


def get_now() -> datetime:
    return read_now()


NowDep = Annotated[datetime, Depends(get_now)]


def get_session(request: Request) -> Iterator[GymSession]:
    """One transaction per request. It commits before the response leaves: see `SessionDep`.

    A GET sees one moment of the database, so that all figures of an answer agree, and cannot write.
    """
    state = request.app.state
    is_read = request.method in {"GET", "HEAD"}
    with (state.reading_factory if is_read else state.session_factory)() as session:
        try:
            yield session
        except DomainError as error:
            if error.keeps_changes:
                session.commit()
            raise
        session.commit()


# scope="function": without it FastAPI commits after the answer is on its way, and a client could
# read 201 for a row that then fails to be stored.
SessionDep = Annotated[GymSession, Depends(get_session, scope="function")]


async def get_address(request: Request) -> str | None:
    """The caller's address. uvicorn has put it right if, and only if, it trusts the proxy."""
    return request.client.host if request.client else None


AddressDep = Annotated[str | None, Depends(get_address)]


async def get_claims(
    request: Request, settings: SettingsDep, now: NowDep
) -> AccessClaims | Unauthorized:
    """What the caller's token says, or why it says nothing."""
    scheme, token = get_authorization_scheme_param(request.headers.get("Authorization"))
    if scheme.lower() != "bearer" or not token:
        return Unauthorized("Send an access token: Authorization: Bearer ...")
    try:
        return read_access_token(token, settings.secret_key, now=now)
    except Unauthorized as refusal:
        return refusal


ClaimsDep = Annotated[AccessClaims | Unauthorized, Depends(get_claims)]


def limit_rate(request: Request, claims: ClaimsDep, address: AddressDep) -> None:
    """Refuse what is over its limits before anything is read for it, even from the database.

    Whoever has signed in counts as themselves and as their gym, wherever they are: the staff of a
    gym shares an address, and everybody shares the dashboard's. Others count by address.
    """
    rates: RateLimits = request.app.state.rates
    if isinstance(claims, Unauthorized):
        rates.count_address(address)
    else:
        rates.count_user(claims.user_id, claims.gym_id)


def get_principal(
    request: Request,
    session: SessionDep,
    now: NowDep,
    claims: ClaimsDep,
    _scheme: Annotated[str | None, Depends(oauth2)],  # for the documentation's Authorize button
) -> Principal:
    """Who is asking. Scopes the session to their gym."""
    if isinstance(claims, Unauthorized):
        raise claims
    principal = load_principal(session, claims, now=now)
    request.state.gym_id = principal.gym_id  # for the log line
    return principal


PrincipalDep = Annotated[Principal, Depends(get_principal)]


class Require:
    """The dependency of every route behind sign-in: the caller, if their role may do this."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    def __call__(self, principal: PrincipalDep) -> Principal:
        if not is_allowed(principal.role, self.permission):
            raise Forbidden("Your role may not do this. Ask the owner of the gym.")
        return principal


def get_as_of(session: SessionDep, principal: PrincipalDep, now: NowDep) -> AsOf:
    """The moment that the gym's figures are for."""
    return read_as_of(session, principal.gym, now)


AsOfDep = Annotated[AsOf, Depends(get_as_of)]
