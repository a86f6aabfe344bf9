"""What an e-mail address is: one definition from sign-up and files to the mail server."""

import unicodedata
from functools import lru_cache

from email_validator import EmailNotValidError, ValidatedEmail, validate_email

from core.text import MAX_KEY_LENGTH, compose, fold

MAX_EMAIL_LENGTH = 254


def keep_address(text: str) -> str:
    """The address as it is stored, the same however its domain was written.

    Raises ValueError unless the text is exactly one address: no name beside it, no brackets.
    """
    return _check(text).normalized


@lru_cache(maxsize=20_000)  # lists show whether each member can be mailed, again and again
def read_address(text: str) -> str:
    """The address as it goes on the wire. Raises ValueError unless it is exactly one address.

    A domain is written in ASCII; letters beyond it before the @ stay, and need a mail server that
    offers SMTPUTF8.
    """
    found = _check(text)
    return f"{found.local_part}@{found.ascii_domain}"


def key_of_address(text: str) -> str:
    """The address as it is compared: no case and accents before the @, its domain in ASCII.

    `exämple.com` and `example.com` are domains of two owners. What is no address has a key too,
    one that no address has: files and people bring anything. Without @ it is a text's key.
    """
    if text.isascii() or "@" not in text:
        return fold(text)
    local, at, domain = text.rpartition("@")
    try:
        domain = _check(text).ascii_domain or domain
    except ValueError:
        domain = unicodedata.normalize("NFKC", domain).casefold()
    return f"{fold(local)}{at}{domain}"[:MAX_KEY_LENGTH]


def read_sender(text: str) -> str:
    """The bare address in SMTP_FROM, which may be written `Name <address>`."""
    text = text.strip()
    if text.endswith(">") and "<" in text:
        text = text[text.rindex("<") + 1 : -1].strip()
    sender = read_address(text)
    if not sender.isascii():
        raise ValueError("The sender's address must be in ASCII: every mail has it.")
    return sender


def _check(text: str) -> ValidatedEmail:
    if len(text) > MAX_EMAIL_LENGTH:
        raise ValueError(f"An address has at most {MAX_EMAIL_LENGTH} characters.")
    try:
        found = validate_email(compose(text), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    if found.ascii_domain is None:
        raise ValueError("The domain cannot be written in ASCII.")
    return found
