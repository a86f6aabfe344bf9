"""Sign up, sign in, sign out."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Form, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from api.auth import refresh_tokens, service, sessions
from api.auth.attempts import Attempts
from api.auth.choices import list_choices
from api.auth.schemas import (
    MAX_SECRET_LENGTH,
    Choices,
    Code,
    DashboardSignIn,
    Login,
    LoginRequest,
    LogoutRequest,
    Me,
    PasswordRequest,
    RefreshRequest,
    Registered,
    RegisterRequest,
    SessionToken,
    Tokens,
    TypedPassword,
    to_me,
)
from api.auth.second_factor.errors import SecondFactorRequired, WrongSecondFactor
from api.auth.service import SignedIn
from api.kit.access_tokens import LIFETIME, AccessClaims, issue_access_token
from api.kit.deps import AddressDep, NowDep, RequireOfAnyone, SessionDep, SettingsDep
from api.kit.errors import Conflict, Invalid, TooManyRequests, Unauthorized
from api.kit.permissions import Permission
from api.kit.principal import Caller
from api.kit.problems import describe
from api.kit.sealing import Seal
from api.organizations.branding.service import find_logo_id
from core.devices import Device, read_device
from core.translation import t
from db.models import Gym, User

router = APIRouter(responses=describe(TooManyRequests))

_session_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="DashboardSession",
    description="The dashboard's session id, as /auth/session answered it",
)
OwnAccount = Annotated[Caller, Depends(RequireOfAnyone(Permission.READ_OWN_ACCOUNT))]


def get_attempts(request: Request) -> Attempts:
    attempts: Attempts = request.app.state.limits
    return attempts


AttemptsDep = Annotated[Attempts, Depends(get_attempts)]


def get_session_secret(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_session_bearer)],
) -> str:
    if credentials is None:
        raise Unauthorized(t("Send the session: Authorization: Bearer ..."))
    if len(credentials.credentials) > MAX_SECRET_LENGTH:
        raise Unauthorized(t("This is no session. Sign in again."))
    return credentials.credentials


SessionSecret = Annotated[str, Depends(get_session_secret)]


async def get_device(request: Request) -> Device:
    return read_device(request.headers.get("user-agent"))


DeviceDep = Annotated[Device, Depends(get_device)]


class TokenMaker:
    """Makes the responses that carry tokens, in this request's session, settings and time."""

    def __init__(
        self, session: SessionDep, settings: SettingsDep, now: NowDep, device: DeviceDep
    ) -> None:
        self.session = session
        self.device = device
        self.secret_key = settings.secret_key
        self.now = now

    def access(self, user: User, *, session_id: int | None = None) -> str:
        claims = AccessClaims(user.user_id, user.gym_id, user.token_version, session_id)
        return issue_access_token(claims, self.secret_key, now=self.now)

    def pair(self, user: User) -> Tokens:
        return Tokens(
            access_token=self.access(user),
            expires_in=int(LIFETIME.total_seconds()),
            refresh_token=refresh_tokens.issue_refresh_token(
                self.session, user, now=self.now, device=self.device
            ),
        )


TokensDep = Annotated[TokenMaker, Depends(scope="function")]


class Door:
    """Lets people in who say who they are, from this request's address."""

    def __init__(
        self,
        session: SessionDep,
        attempts: AttemptsDep,
        address: AddressDep,
        settings: SettingsDep,
        now: NowDep,
    ) -> None:
        self.session = session
        self.attempts = attempts
        self.address = address
        self.seal = Seal.of(settings)
        self.now = now

    def open(self, login: str, password: str, code: str | None) -> SignedIn:
        return service.sign_in(
            self.session,
            self.attempts,
            login,
            password,
            code,
            self.seal,
            address=self.address,
            now=self.now,
        )


DoorDep = Annotated[Door, Depends(scope="function")]
_REFUSED = describe(Unauthorized, SecondFactorRequired, WrongSecondFactor)


@router.get("/choices", summary="What a new gym can choose from")
def read_choices(settings: SettingsDep) -> Choices:
    """Currencies with their decimals, time zones, and the largest bulk file. Open to all."""
    return list_choices(settings)


@router.post(
    "/register",
    status_code=201,
    summary="Register a gym and its owner",
    responses=describe(Conflict),
)
def register(
    data: RegisterRequest,
    session: SessionDep,
    tokens: TokensDep,
    attempts: AttemptsDep,
    address: AddressDep,
    settings: SettingsDep,
    now: NowDep,
) -> Registered:
    """A link goes to the address, where mail is set up: nothing can be sent to members before it
    was opened and confirmed."""
    with attempts.attempt(attempts.of_address("register", address), always_counts=True):
        made = service.register(session, data, settings, now=now)
    pair = tokens.pair(made.user)
    assert made.gym_id is not None
    return Registered(gym_id=made.gym_id, user_id=made.user.user_id, **pair.model_dump())


@router.post("/login", summary="Sign in", responses=_REFUSED)
def log_in(data: LoginRequest, tokens: TokensDep, door: DoorDep) -> Tokens:
    """An account with a second factor answers 401 `second_factor_required` to the right password
    alone: send both again, with a code."""
    return tokens.pair(door.open(data.login, data.password, data.code).user)


@router.post("/login/form", summary="Sign in with an OAuth2 password form", responses=_REFUSED)
def log_in_with_form(
    username: Annotated[Login, Form(description="Email address or username")],
    password: Annotated[TypedPassword, Form()],
    tokens: TokensDep,
    door: DoorDep,
    code: Annotated[Code | None, Form(description="Of the second factor")] = None,
) -> Tokens:
    """What the Authorize button of the interactive documentation sends."""
    return tokens.pair(door.open(username, password, code).user)


@router.post("/refresh", summary="Exchange a refresh token", responses=describe(Unauthorized))
def refresh(data: RefreshRequest, session: SessionDep, tokens: TokensDep, now: NowDep) -> Tokens:
    """Good for one use. A second use ends every token of that sign-in."""
    user, successor = refresh_tokens.rotate_refresh_token(session, data.refresh_token, now=now)
    return Tokens(
        access_token=tokens.access(user),
        expires_in=int(LIFETIME.total_seconds()),
        refresh_token=successor,
    )


@router.post("/logout", status_code=204, summary="Sign out", responses=describe(Unauthorized))
def log_out(
    caller: OwnAccount,
    session: SessionDep,
    now: NowDep,
    data: Annotated[LogoutRequest | None, Body()] = None,
) -> Response:
    """Ends the access token at once, and the refresh token when it is sent along.

    Other clients of the same person are not signed out, they only renew their access token.
    """
    service.log_out(
        session,
        SignedIn(caller.user, caller.gym),
        session_id=caller.session_id,
        refresh_token=data.refresh_token if data else None,
        now=now,
    )
    return Response(status_code=204)


@router.get("/me", summary="Who is signed in", responses=describe(Unauthorized))
def read_me(caller: OwnAccount, session: SessionDep) -> Me:
    return _describe(session, caller.user, caller.gym)


def _describe(session: Session, user: User, gym: Gym | None) -> Me:
    return to_me(user, gym, logo_id=None if gym is None else find_logo_id(session, gym))


@router.post(
    "/password",
    status_code=204,
    summary="Change your password",
    responses=describe(Unauthorized, Invalid),
)
def change_password(
    data: PasswordRequest,
    caller: OwnAccount,
    session: SessionDep,
    attempts: AttemptsDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Signs out everywhere else: other sessions, all refresh tokens, all access tokens. A mail
    tells so."""
    service.change_password(
        session,
        attempts,
        SignedIn(caller.user, caller.gym),
        current=data.current_password,
        new=data.new_password,
        session_id=caller.session_id,
        settings=settings,
        now=now,
    )
    return Response(status_code=204)


@router.post("/session", summary="Open a dashboard session", responses=_REFUSED)
def open_session(
    data: LoginRequest, session: SessionDep, door: DoorDep, device: DeviceDep, now: NowDep
) -> DashboardSignIn:
    found = door.open(data.login, data.password, data.code)
    return DashboardSignIn(
        session=sessions.open_session(session, found.user, now=now, device=device),
        max_age=int(sessions.LIFETIME.total_seconds()),
        me=_describe(session, found.user, found.gym),
    )


@router.post("/token", summary="Exchange a dashboard session", responses=describe(Unauthorized))
def exchange_session(
    secret: SessionSecret, session: SessionDep, tokens: TokensDep, now: NowDep
) -> SessionToken:
    """An access token of 15 minutes that ends with the session."""
    found, user, gym = sessions.exchange_session(session, secret, now=now)
    return SessionToken(
        access_token=tokens.access(user, session_id=found.session_id),
        expires_in=int(LIFETIME.total_seconds()),
        me=_describe(session, user, gym),
    )


@router.post(
    "/session/revoke",
    status_code=204,
    summary="End a dashboard session",
    responses=describe(Unauthorized),
)
def revoke_session(secret: SessionSecret, session: SessionDep, now: NowDep) -> Response:
    """Also returns 204 for a session that has ended or never existed: then nothing is left to
    end."""
    sessions.revoke_session(session, secret, now=now)
    return Response(status_code=204)
