from fastapi import APIRouter, Response

from api.auth.errors import WrongPassword
from api.auth.router import AttemptsDep, OwnAccount
from api.auth.second_factor import service as second_factor
from api.auth.second_factor.errors import CodeRefused, SecondFactorOff, SecondFactorOn
from api.auth.second_factor.schemas import (
    ConfirmRequest,
    DisableRequest,
    Enrolment,
    EnrolRequest,
    RecoveryCodes,
    SecondFactorState,
)
from api.kit.deps import NowDep, SessionDep, SettingsDep
from api.kit.errors import TooManyRequests, Unauthorized
from api.kit.problems import describe
from api.kit.sealing import Seal

router = APIRouter(responses=describe(TooManyRequests, Unauthorized))


@router.get("", summary="Whether signing in asks you for a code")
def read_second_factor(caller: OwnAccount, session: SessionDep) -> SecondFactorState:
    return second_factor.read(session, caller)


@router.post(
    "", summary="Set up an app for codes", responses=describe(WrongPassword, SecondFactorOn)
)
def enrol(
    data: EnrolRequest,
    caller: OwnAccount,
    session: SessionDep,
    attempts: AttemptsDep,
    settings: SettingsDep,
    now: NowDep,
) -> Enrolment:
    """Codes of RFC 6238 (TOTP): six digits, 30 seconds, SHA-1, which every such app knows."""
    return second_factor.enrol(
        session, attempts, caller, data.current_password, Seal.of(settings), now=now
    )


@router.post(
    "/confirm",
    summary="Turn the second factor on, by a first code",
    responses=describe(CodeRefused, SecondFactorOff, SecondFactorOn),
)
def confirm(
    data: ConfirmRequest,
    caller: OwnAccount,
    session: SessionDep,
    attempts: AttemptsDep,
    settings: SettingsDep,
    now: NowDep,
) -> RecoveryCodes:
    """Returns ten recovery codes, this once. Signing in asks for a code from now on."""
    return second_factor.confirm(session, attempts, caller, data.code, Seal.of(settings), now=now)


@router.post(
    "/disable",
    status_code=204,
    summary="Turn the second factor off",
    responses=describe(WrongPassword, CodeRefused, SecondFactorOff),
)
def disable(
    data: DisableRequest,
    caller: OwnAccount,
    session: SessionDep,
    attempts: AttemptsDep,
    settings: SettingsDep,
    now: NowDep,
) -> Response:
    """With password and code. The app's secret and the recovery codes are forgotten."""
    second_factor.disable(
        session,
        attempts,
        caller,
        data.current_password,
        data.code,
        Seal.of(settings),
        now=now,
    )
    return Response(status_code=204)
