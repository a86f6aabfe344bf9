"""Numbers, money and dates as the owner reads them."""

import re
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from frontend.kit.i18n import count, t

SYMBOLS = {
    "EUR": "€", "USD": "US$", "GBP": "£", "BRL": "R$", "INR": "₹", "JPY": "¥", "AUD": "A$",
    "CAD": "CA$", "NZD": "NZ$", "MXN": "MX$", "ILS": "₪", "KRW": "₩", "NGN": "₦", "PHP": "₱",
    "UAH": "₴", "VND": "₫",
}  # fmt: skip
#: For every date field: the one of Streamlit's orders that nobody can read the wrong way round.
DATE_FIELD = "YYYY-MM-DD"
_LINK = re.compile(r"(?i)(www|https?)(?=[.:])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>:$&])")


def symbol(currency: str) -> str:
    """Placed before the amount; a currency without a known sign shows its code."""
    return SYMBOLS.get(currency, f"{currency} ")


def money(amount: float | None, currency: str) -> str:
    if amount is None:
        return "–"
    digits = 0 if abs(amount) >= 100 or amount == int(amount) else 2
    return f"{'-' if amount < 0 else ''}{symbol(currency)}{abs(amount):,.{digits}f}"


def whole_money(amount: float | None, currency: str) -> str:
    """For what is only about so much."""
    return money(None if amount is None else round(amount), currency)


def short_money(amount: float | None, currency: str) -> str:
    """Fits a card on a phone: €64k, US$2.1M."""
    if amount is None:
        return "–"
    for size, letter in ((1e9, "B"), (1e6, "M"), (1e4, "k")):
        if abs(amount) >= size:
            value = amount / (1e3 if letter == "k" else size)
            digits = 0 if abs(value) >= 10 else 1
            return f"{symbol(currency)}{value:,.{digits}f}{letter}"
    return money(amount, currency)


def percent(share: float | None, digits: int = 0) -> str:
    return "–" if share is None else f"{share * 100:.{digits}f}%"


def chance(probability: float) -> str:
    """Whole percent, never 0 or 100: no model is sure."""
    return f"{min(max(round(probability * 100), 1), 99)}%"


def change(now: float, before: float) -> str | None:
    """How much more or less than before; None when there is nothing to compare with."""
    if not before:
        return None
    return f"{(now / before - 1) * 100:+.0f}%"


def as_date(value: str | None) -> date | None:
    return date.fromisoformat(value[:10]) if value else None


def as_moment(value: str | None, zone: str) -> datetime | None:
    """An instant of the API in the gym's own time."""
    if not value:
        return None
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(ZoneInfo(zone))


def day(value: date | None, *, weekday: bool = False, year: bool = True) -> str:
    if value is None:
        return t("never")
    name = f"{value:%A} " if weekday else ""
    return f"{name}{value.day} {value:%B}" + (f" {value.year}" if year else "")


def short_day(value: date | None) -> str:
    """For a table, a card or a chart."""
    return "–" if value is None else f"{value.day} {value:%b %Y}"


def moment(value: datetime | None) -> str:
    return "–" if value is None else f"{short_day(value.date())}, {value:%H:%M}"


def days_ago(days: int | None) -> str:
    if days is None:
        return t("Never visited")
    if days == 0:
        return t("Today")
    return count(days, "Yesterday", "{n} days ago")


def days_away(days: int | None) -> str:
    if days is None:
        return t("Never came")
    return t("Here today") if days == 0 else count(days, "{n} day", "{n} days")


def plain(text: str | None) -> str:
    """Text of other people, safe inside markdown: it shows as it was written, links nowhere."""
    # Markdown makes a link of a bare address even when it is escaped; a joiner prevents it.
    return _MARKDOWN.sub(r"\\\1", _LINK.sub("\\1\u2060", text or ""))


def member_name(name: str | None, number: str | None) -> str:
    """Members imported by number only have no name yet."""
    return name or (t("Member {number}", number=number) if number else t("Unnamed member"))
