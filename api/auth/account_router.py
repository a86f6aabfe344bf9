"""Somebody's own account: where they are signed in, and a forgotten password."""

from fastapi import APIRouter, Response

from api.auth import forgotten_passwords, sign_ins
from api.auth.errors import ResetRefused, SignInNotFound
from api.auth.router import AttemptsDep, OwnAccount
from api.auth.schemas import ForgotRequest, ResetRequest, SignInItem
from api.email_confirmations.errors import EmailNotConfigured
from api.kit.deps import AddressDep, NowDep, SessionDep, SettingsDep
from api.kit.errors import TooManyRequests, Unauthorized
from api.kit.pagination import Page, PageDep
from api.kit.problems import describe
from api.kit.schemas import Id

router = APIRouter(responses=describe(TooManyRequests))


@router.get("/sessions", summary="Where you are signed in", responses=describe(Unauthorized))
def list_sessions(
    caller: OwnAccount, session: SessionDep, page: PageDep, now: NowDep
) -> Page[SignInItem]:
    """Browsers of the dashboard, and other clients; what was used last comes first."""
    return sign_ins.list_page(session, caller, page, now=now)


@router.delete(
    "/sessions",
    status_code=204,
    summary="Sign out everywhere",
    responses=describe(Unauthorized),
)
def end_all_sessions(caller: OwnAccount, session: SessionDep, now: NowDep) -> Response:
    """Here as well: every session, refresh token and access token of yours ends at once."""
    sign_ins.end_all(session, caller, now=now)
    return Response(status_code=204)


@router.delete(
    "/sessions/dashboard/{session_id}",
    status_code=204,
    summary="Sign one browser out",
    responses=describe(Unauthorized, SignInNotFound),
)
def end_session(caller: OwnAccount, session: SessionDep, now: NowDep, session_id: Id) -> Response:
    sign_ins.end_session(session, caller, session_id, now=now)
    return Response(status_code=204)


@router.delete(
    "/sessions/client/{refresh_token_id}",
    status_code=204,
    summary="Sign one other client out",
    responses=describe(Unauthorized, SignInNotFound),
)
def end_client(
    caller: OwnAccount, session: SessionDep, now: NowDep, refresh_token_id: Id
) -> Response:
    """Your other clients only renew their access token."""
    sign_ins.end_client(session, caller, refresh_token_id, now=now)
    return Response(status_code=204)


@router.post(
    "/password/forgot",
    status_code=202,
    response_class=Response,
    summary="Get a link for choosing a new password",
    responses=describe(EmailNotConfigured),
)
def forget_password(
    data: ForgotRequest,
    session: SessionDep,
    attempts: AttemptsDep,
    address: AddressDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """The answer, and how long it takes, is the same whether anybody signs in so or not. A link
    goes to the address of the account; it works once, for an hour."""
    forgotten_passwords.mail_reset(
        session, attempts, data.login, settings, address=address, now=now
    )
    return Response(status_code=202)


@router.post(
    "/password/reset",
    status_code=204,
    summary="Choose a new password by a mailed link",
    responses=describe(ResetRefused),
)
def reset_password(
    data: ResetRequest,
    session: SessionDep,
    attempts: AttemptsDep,
    address: AddressDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """Ends every session, refresh token and access token of the account. Unknown, used and expired
    links get the same answer."""
    forgotten_passwords.reset_password(
        session, attempts, data.token, data.new_password, settings, address=address, now=now
    )
    return Response(status_code=204)
