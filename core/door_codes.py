"""The code that a member's phone shows at the door: signed, of half a minute, for one use.

`CB1.<gym>.<member>.<version>.<step>.<signature>`, numbers in base 36 and the signature in base 32,
so that a QR code of it stays small. The step is the number of half minutes since 1970. The version
is a column of the member; raising it voids the codes of a phone that was lost. Whoever holds the
key can make codes, so a kiosk never does: it sends what it reads.
"""

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from string import ascii_uppercase, digits

STEP = timedelta(seconds=30)
SKEW = 1
"""Steps that a code may be late, for a slow hand, or early, for a clock that is behind."""
AHEAD = 4
"""Codes that a phone is given at once: two minutes without a network."""

_NAME = "CB1"
_DIGITS = digits + ascii_uppercase
_LONGEST = 96
_MOST = 2**63
_SIGNED_BYTES = 15


class CodeProblem(StrEnum):
    """Why a code opens nothing. The last two only the database knows."""

    UNREADABLE = "unreadable"
    FORGED = "forged"
    OTHER_GYM = "other_gym"
    EXPIRED = "expired"
    TOO_EARLY = "too_early"
    REVOKED = "revoked"
    USED = "used"


@dataclass(frozen=True)
class DoorCode:
    gym_id: int
    member_id: int
    version: int
    step: int

    def write(self, secret: str) -> str:
        return ".".join((_NAME, *map(_to_base_36, self._numbers), self._sign(secret)))

    @property
    def starts_at(self) -> datetime:
        return datetime.fromtimestamp(self.step * STEP.total_seconds(), UTC)

    @property
    def ends_at(self) -> datetime:
        """When it is no longer the newest one."""
        return datetime.fromtimestamp((self.step + 1) * STEP.total_seconds(), UTC)

    @property
    def _numbers(self) -> tuple[int, int, int, int]:
        return self.gym_id, self.member_id, self.version, self.step

    def _sign(self, secret: str) -> str:
        # A key of its own purpose, and 120 of its bits, which base 32 writes without padding.
        key = hashlib.sha256(b"comeback door code\0" + secret.encode()).digest()
        text = "\0".join(map(str, self._numbers)).encode()
        signature = hmac.digest(key, text, hashlib.sha256)[:_SIGNED_BYTES]
        return base64.b32encode(signature).decode()


def make_door_codes(gym_id: int, member_id: int, version: int, *, now: datetime) -> list[DoorCode]:
    """The one of now and those after it, which a phone without a network goes on with."""
    step = find_step(now)
    return [DoorCode(gym_id, member_id, version, step + ahead) for ahead in range(AHEAD)]


def find_step(now: datetime) -> int:
    return int(now.timestamp() // STEP.total_seconds())


def read_door_code(
    text: str, secrets: Sequence[str], *, gym_id: int, now: datetime
) -> DoorCode | CodeProblem:
    """Check all of a code that needs no database: the signature first, then gym and time.

    `secrets` are the one in use and those before it that still count.
    """
    code = _parse(text)
    if code is None:
        return CodeProblem.UNREADABLE
    signature = text.strip().upper().rpartition(".")[2]
    if not any(hmac.compare_digest(code._sign(secret), signature) for secret in secrets):
        return CodeProblem.FORGED
    if code.gym_id != gym_id:
        return CodeProblem.OTHER_GYM
    late = find_step(now) - code.step
    if late > SKEW:
        return CodeProblem.EXPIRED
    if late < -SKEW:
        return CodeProblem.TOO_EARLY
    return code


def _parse(text: str) -> DoorCode | None:
    text = text.strip().upper()
    if len(text) > _LONGEST or not text.isascii():
        return None
    name, *numbers, _signature = text.split(".") if text.count(".") == 5 else ("", "")
    if name != _NAME or not all(number and set(number) <= set(_DIGITS) for number in numbers):
        return None
    values = [int(number, 36) for number in numbers]
    return DoorCode(*values) if max(values) < _MOST else None


def _to_base_36(number: int) -> str:
    text = ""
    while True:
        number, digit = divmod(number, 36)
        text = _DIGITS[digit] + text
        if not number:
            return text
