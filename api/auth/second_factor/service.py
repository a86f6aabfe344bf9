"""Setting the second factor up, and turning it off."""

from datetime import datetime

import pyotp
import segno

from api.auth.attempts import Attempts
from api.auth.second_factor.codes import (
    hash_recovery_code,
    make_recovery_codes,
    place_of_secret,
    use_code,
)
from api.auth.second_factor.errors import CodeRefused, SecondFactorOff, SecondFactorOn
from api.auth.second_factor.repository import SecondFactorRepository
from api.auth.second_factor.schemas import Enrolment, RecoveryCodes, SecondFactorState
from api.auth.service import SignedIn, confirm_password, lock_user
from api.kit.principal import Caller
from api.kit.sealing import Seal
from api.providers.email.base import PRODUCT
from db.models import SecondFactor
from db.session import GymSession


def read(session: GymSession, caller: Caller) -> SecondFactorState:
    repository = SecondFactorRepository(session, caller.gym_id)
    factor = repository.find_confirmed(caller.user_id)
    return SecondFactorState(
        is_on=factor is not None,
        since=factor and factor.confirmed_at,
        recovery_codes_left=repository.count_recovery_codes(caller.user_id),
    )


def enrol(
    session: GymSession,
    attempts: Attempts,
    caller: Caller,
    password: str,
    seal: Seal,
    *,
    now: datetime,
) -> Enrolment:
    """Make the secret of an app. Another call makes another one, until one is confirmed.

    Raises `WrongPassword` and `SecondFactorOn`.
    """
    user = confirm_password(session, attempts, SignedIn(caller.user, caller.gym), password)
    repository = SecondFactorRepository(session, caller.gym_id)
    if repository.find_confirmed(user.user_id) is not None:
        raise SecondFactorOn
    repository.delete(user.user_id)
    secret = pyotp.random_base32()
    factor = SecondFactor(gym_id=caller.gym_id, user_id=user.user_id, created_at=now)
    factor.sealed_secret = seal.close(secret, place=place_of_secret(factor))
    session.add(factor)
    session.flush()
    uri = pyotp.TOTP(secret).provisioning_uri(name=user.email, issuer_name=PRODUCT)
    code = segno.make(uri, micro=False)
    return Enrolment(
        secret=secret, uri=uri, qr_svg=code.svg_inline(scale=5, border=4, light="#fff")
    )


def confirm(
    session: GymSession,
    attempts: Attempts,
    caller: Caller,
    code: str,
    seal: Seal,
    *,
    now: datetime,
) -> RecoveryCodes:
    """From now on signing in asks for a code. Raises `CodeRefused` and `SecondFactorOff`/`On`."""
    with attempts.attempt(attempts.of_account("second factor", caller.user_id)):
        user = lock_user(session, caller.gym_id, caller.user_id)
        repository = SecondFactorRepository(session, caller.gym_id)
        factor = repository.find(user.user_id)
        if factor is None:
            raise SecondFactorOff
        if factor.confirmed_at is not None:
            raise SecondFactorOn
        if not use_code(repository, factor, code, seal, now=now, takes_recovery=False):
            raise CodeRefused
    factor.confirmed_at = now
    codes = make_recovery_codes()
    repository.add_recovery_codes(user.user_id, map(hash_recovery_code, codes))
    return RecoveryCodes(recovery_codes=codes)


def disable(
    session: GymSession,
    attempts: Attempts,
    caller: Caller,
    password: str,
    code: str,
    seal: Seal,
    *,
    now: datetime,
) -> None:
    """Raises `WrongPassword`, `CodeRefused` and `SecondFactorOff`."""
    user = confirm_password(session, attempts, SignedIn(caller.user, caller.gym), password)
    with attempts.attempt(attempts.of_account("second factor", caller.user_id)):
        repository = SecondFactorRepository(session, caller.gym_id)
        factor = repository.find_confirmed(user.user_id)
        if factor is None:
            raise SecondFactorOff
        if not use_code(repository, factor, code, seal, now=now):
            raise CodeRefused
    repository.delete(user.user_id)
