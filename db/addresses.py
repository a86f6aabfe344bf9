"""What an e-mail address is: one definition from sign-up and files to the mail server."""

from functools import lru_cache

from email_validator import EmailNotValidError, validate_email


@lru_cache(maxsize=20_000)  # lists show whether each member can be mailed, again and again
def read_address(text: str) -> str:
    """The address as it goes on the wire. Raises ValueError unless it is exactly one address.

    What the API takes as an address is one here, too. A domain is written in ASCII; letters beyond
    it before the @ stay, and need a mail server that offers SMTPUTF8.
    """
    try:
        found = validate_email(text, check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from error
    if found.ascii_domain is None:
        raise ValueError("The domain cannot be written in ASCII.")
    return f"{found.local_part}@{found.ascii_domain}"
