"""Password hashes: argon2id by passlib behind this one module; bcrypt still opens."""

import threading
import unicodedata

from passlib.context import CryptContext

from core.text import has_visible
from core.translation import t

MIN_LENGTH, MAX_LENGTH = 12, 128
MAX_SENT_LENGTH = MAX_LENGTH * 4
"""Characters before they are brought into normal form, which may join four of them into one.
Longer ones are not examined: thousands of accents on a letter would take minutes."""

_context = CryptContext(
    schemes=["argon2", "bcrypt"],
    deprecated="auto",
    argon2__type="ID",
    argon2__memory_cost=19456,
    argon2__time_cost=2,
    argon2__parallelism=1,
)
# Each hash takes 19 MiB: a flood of sign-ins must queue instead of filling the memory.
_slots = threading.BoundedSemaphore(4)


def normalise_password(password: str) -> str:
    """The form in which a password is hashed. Raises ValueError with what to do."""
    if len(password) > MAX_SENT_LENGTH:
        raise ValueError(t("Use {least} to {most} characters.", least=MIN_LENGTH, most=MAX_LENGTH))
    password = unicodedata.normalize("NFKC", password)
    if "\x00" in password:
        raise ValueError(t("A password cannot contain a NUL character."))
    if not _is_text(password):
        raise ValueError(t("This contains a character that is not text."))
    if password and not has_visible(password):
        raise ValueError(t("A password needs characters that can be seen, not blanks alone."))
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        raise ValueError(t("Use {least} to {most} characters.", least=MIN_LENGTH, most=MAX_LENGTH))
    return password


def hash_password(password: str) -> str:
    with _slots:
        return _context.hash(normalise_password(password))


def verify_password(password: str, hashed: str | None) -> tuple[bool, str | None]:
    """Return whether it fits, and a new hash when the stored one is of an older kind.

    Takes as long for an unknown user (`hashed=None`) and never raises, whatever is stored.
    """
    if "\x00" in password or len(password) > MAX_SENT_LENGTH or not _is_text(password):
        password, hashed = "", None
    password = unicodedata.normalize("NFKC", password)
    with _slots:
        if hashed is None:
            _context.dummy_verify()
            return False, None
        try:
            fits, newer = _context.verify_and_update(password, hashed)
        except Exception:  # passlib and its backends raise many kinds on a damaged hash
            return False, None
    return bool(fits), newer


def _is_text(password: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in password)
