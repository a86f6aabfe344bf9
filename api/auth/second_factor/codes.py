"""Codes: how they are made, and that each is used once."""

import hmac
import secrets
from datetime import datetime

import pyotp

from api.auth.second_factor.repository import SecondFactorRepository
from api.auth.secrets import hash_secret
from api.kit.sealing import CannotOpen, Seal
from db.models import SecondFactor

STEP_SECONDS = 30
STEPS_AROUND = (-1, 0, 1)
"""Clocks of phones differ, and typing takes time."""
RECOVERY_CODES = 10
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Of recovery codes: none that is taken for another."""
_LETTERS_IN_CODE = 16


def place_of_secret(factor: SecondFactor) -> str:
    return f"gym {factor.gym_id}: second factor of user {factor.user_id}"


def use_code(
    repository: SecondFactorRepository,
    factor: SecondFactor,
    code: str,
    seal: Seal,
    *,
    now: datetime,
    takes_recovery: bool = True,
) -> bool:
    """Whether the code fits; it is used up then. The caller holds the user's row."""
    typed = "".join(code.split()).replace("-", "").upper()
    if takes_recovery and len(typed) == _LETTERS_IN_CODE:
        return repository.use_recovery_code(factor.user_id, hash_secret(typed), now=now)
    try:
        secret = seal.open(factor.sealed_secret, place=place_of_secret(factor))
    except CannotOpen:  # the platform's secret is another one now
        return False
    step = _find_step(secret, typed, now=now)
    if step is None or (factor.last_step is not None and step <= factor.last_step):
        return False
    factor.last_step = step
    repository.session.flush()
    return True


def _find_step(secret: str, typed: str, *, now: datetime) -> int | None:
    totp = pyotp.TOTP(secret, interval=STEP_SECONDS)
    present = int(now.timestamp()) // STEP_SECONDS
    fitting = [
        present + around
        for around in STEPS_AROUND
        if hmac.compare_digest(
            totp.generate_otp(present + around).encode(), typed.encode("utf-8", "replace")
        )
    ]
    return max(fitting, default=None)


def make_recovery_codes() -> list[str]:
    """80 random bits each, in groups that can be typed."""
    return [
        "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
        for _ in range(RECOVERY_CODES)
    ]


def hash_recovery_code(code: str) -> str:
    return hash_secret(code.replace("-", ""))
