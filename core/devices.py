"""What a browser calls itself, in words that its owner recognises."""

import re
from dataclasses import dataclass

MAX_EXAMINED = 400
"""Characters of a User-Agent; real ones have fewer."""

# In this order: each browser also names those that it wants to be taken for.
_BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser", "Samsung Internet"),
    ("Firefox", "Firefox"),
    ("FxiOS", "Firefox"),
    ("CriOS", "Chrome"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
_SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
)
_PROGRAM = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,39}")


@dataclass(frozen=True)
class Device:
    """`program` is a browser, or what another client calls itself; None where it says nothing."""

    program: str | None
    system: str | None


UNKNOWN_DEVICE = Device(None, None)


def read_device(user_agent: str | None) -> Device:
    """From a User-Agent, which may be anything: it is only for reading."""
    text = (user_agent or "")[:MAX_EXAMINED]
    system = next((name for sign, name in _SYSTEMS if sign in text), None)
    program = next((name for sign, name in _BROWSERS if sign in text), None)
    if program is None:
        own = _PROGRAM.match(text)
        program = own[0] if own else None
    return Device(program, system)
