"""Numbers, money and dates as the owner reads them."""

import re
from copy import copy
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_skeleton, get_day_names
from babel.numbers import (
    format_compact_currency,
    format_decimal,
    format_percent,
    get_currency_symbol,
)

from frontend.kit.i18n import count, current_language, locale, t

_LINK = re.compile(r"(?i)(www|https?)(?=[.:])")
_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~<>:$&])")


class Currency(NamedTuple):
    code: str
    decimals: int
    """Those of the API: a language may write fewer."""

    @property
    def symbol(self) -> str:
        """Placed before the amount; a currency without a known sign shows its code."""
        sign = get_currency_symbol(self.code, locale=locale())
        return f"{sign} " if sign == self.code else sign


def whole(number: float | Decimal) -> str:
    """With its thousands set apart."""
    return format_decimal(round(number), locale=locale())


def decimal(number: float, digits: int) -> str:
    return format_decimal(round(number, digits), f"#,##0.{'0' * digits}", locale=locale())


def signed(number: float, digits: int = 0) -> str:
    return format_decimal(number, _signed("#,##0", digits), locale=locale())


def exact_money(amount: float, currency: Currency) -> str:
    return _write_money(amount, currency, currency.decimals)


def money(amount: float | None, currency: Currency) -> str:
    """Cents only where they matter."""
    if amount is None:
        return "–"
    is_whole = abs(amount) >= 100 or amount == int(amount)
    return _write_money(amount, currency, 0 if is_whole else currency.decimals)


def _write_money(amount: float, currency: Currency, digits: int) -> str:
    pattern = copy(locale().currency_formats["standard"])
    pattern.frac_prec = (digits, digits)
    said: str = pattern.apply(amount, locale(), currency=currency.code, currency_digits=False)
    # A code that stands for a sign is set apart, which Babel leaves out.
    before, code, after = said.partition(currency.code)
    return f"{before}{code}\xa0{after}" if after[:1].isdigit() else said


def whole_money(amount: float | None, currency: Currency) -> str:
    """For what is only about so much."""
    return money(None if amount is None else round(amount), currency)


def short_money(amount: float | None, currency: Currency) -> str:
    """Fits a card on a phone: €64K, US$2.1M."""
    if amount is None or abs(amount) < 1e4:
        return money(amount, currency)
    leading = abs(amount)
    while leading >= 1000:
        leading /= 1000
    digits = 0 if leading >= 10 else 1
    return format_compact_currency(amount, currency.code, locale=locale(), fraction_digits=digits)


def percent(share: float | None, digits: int = 0) -> str:
    if share is None:
        return "–"
    pattern = "#,##0" + ("." + "0" * digits if digits else "") + "%"
    return format_percent(share, pattern, locale=locale())


def chance(probability: float) -> str:
    """Whole percent, never 0 or 100: no model is sure."""
    return percent(min(max(round(probability, 2), 0.01), 0.99))


def change(now: float, before: float) -> str | None:
    """How much more or less than before; None when there is nothing to compare with."""
    if not before:
        return None
    return format_percent(now / before - 1, _signed("#,##0", 0, "%"), locale=locale())


def _signed(pattern: str, digits: int, sign: str = "") -> str:
    shown = pattern + ("." + "0" * digits if digits else "") + sign
    return f"+{shown};-{shown}"


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
    shown = format_skeleton("yMMMMd" if year else "MMMMd", value, locale=locale())
    return f"{format_date(value, 'EEEE', locale=locale())}, {shown}" if weekday else shown


def short_weekday(number: int) -> str:
    """0 is Monday."""
    name: str = get_day_names("abbreviated", "stand-alone", locale())[number]
    return name


def weekday_name(number: int) -> str:
    """0 is Monday."""
    name: str = get_day_names("wide", "stand-alone", locale())[number]
    return name[0].upper() + name[1:]


def month_name(value: date) -> str:
    return format_date(value, "LLLL", locale=locale())


def short_month(value: date) -> str:
    return format_skeleton("yMMM", value, locale=locale())


def short_day(value: date | None, *, year: bool = True) -> str:
    """For a table, a card or a chart."""
    if value is None:
        return "–"
    month = "MMM" if current_language() == "en" else "M"  # a month's name is long in Portuguese
    return format_skeleton(f"{'y' * year}{month}d", value, locale=locale())


def date_field() -> str:
    """Of Streamlit's orders the one that no reader of the language takes the wrong way round."""
    return "YYYY-MM-DD" if current_language() == "en" else "DD/MM/YYYY"


def column_day() -> str:
    """For Streamlit's columns and the axes of charts, which know English names of months only."""
    return "D MMM YYYY" if current_language() == "en" else "DD/MM/YYYY"


def axis_day() -> str:
    return "%d %b" if current_language() == "en" else "%d/%m"


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
