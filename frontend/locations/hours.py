"""The hours of a day as a line of text: 06:00–12:00, 14:00–22:00."""

import re
from collections.abc import Iterable

from frontend.kit.api_types import HoursItem
from frontend.kit.i18n import t

_SPAN = re.compile(r"(\d{1,2})(?:[:.h](\d{2}))?h?\s*[-–—]\s*(\d{1,2})(?:[:.h](\d{2}))?h?")


class NotHours(ValueError):
    """Says what to type instead."""


def write_day(hours: Iterable[HoursItem], weekday: int) -> str:
    return ", ".join(
        f"{one['opens']}–{one['closes']}" for one in hours if one["weekday"] == weekday
    )


def read_day(text: str, weekday: int) -> list[HoursItem]:
    """Raises `NotHours`."""
    return [_read_span(part.strip(), weekday) for part in text.split(",") if part.strip()]


def _read_span(text: str, weekday: int) -> HoursItem:
    found = _SPAN.fullmatch(text)
    if found is None:
        raise NotHours(t("Type hours like 06:00–22:00 instead of “{typed}”.", typed=text))
    opens, closes = (_read_clock(found[first], found[first + 1] or "00", text) for first in (1, 3))
    return {"weekday": weekday, "opens": opens, "closes": closes}


def _read_clock(hour: str, minute: str, text: str) -> str:
    """24:00 is the midnight that 00:00 is."""
    if int(minute) > 59 or int(hour) * 60 + int(minute) > 24 * 60:
        raise NotHours(t("“{typed}” is no time of a day: it has 24 hours.", typed=text))
    return f"{int(hour) % 24:02}:{minute}"
