"""Numbers as people type them: 199,50 and 199.50 are the same, and 1,234 may be two things."""

import re
from decimal import Decimal

from frontend.kit.formats import Currency, whole
from frontend.kit.i18n import t

#: What people write before or after an amount, beside the code and the sign of the currency.
_OTHER_SIGNS = {
    "CHF": "fr sfr", "CZK": "kč", "DKK": "kr", "HUF": "ft", "IDR": "rp", "INR": "rs", "ISK": "kr",
    "KES": "ksh", "MYR": "rm", "NOK": "kr", "PEN": "s/", "PLN": "zł", "RON": "lei", "SEK": "kr",
    "TRY": "₺ tl", "ZAR": "r",
}  # fmt: skip
_PARTS = re.compile(
    r"(?:([^\d.,+-]+?)\.?)? ?([+-]?[.,]?\d[\d.,' ]*?)(?:[.,][-–—]+)? ?([^\d.,' +-]*)\.?"
)
# Groups of three, or as in India 12,34,567; then perhaps the other mark and decimals.
_GROUPED = (
    re.compile(r"([1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})*,\d{3})(?:\.(\d{1,3}))?"),
    re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d{1,3}))?"),
    re.compile(r"([1-9]\d{0,2}(?:[ ']\d{3})+)(?:[.,](\d{1,3}))?"),
)
_DECIMALS = re.compile(r"(\d*)[.,](\d{1,3})")
_TWO_MEANINGS = re.compile(r"([1-9]\d{0,2})([.,])(\d{3})")


class NotUnderstood(ValueError):
    """What was typed is no such number, or could be two; the message says what to type."""


def read_amount(text: str, currency: Currency, largest: float) -> Decimal:
    """An amount of money with at most the decimals of the currency."""
    shown = " ".join(text[:40].replace("’", "'").split())
    found = _PARTS.fullmatch(shown)
    if not found:
        raise NotUnderstood(_how(shown, currency))
    for sign in (found[1], found[3]):
        _check_sign((sign or "").strip(), currency)
    if found[2].startswith(("-", "+")):
        raise NotUnderstood(t("Type an amount of 0 or more, without a sign before it."))
    amount = _read(found[2].strip(), shown, currency)
    if amount > Decimal(str(largest)):
        raise NotUnderstood(t("Type an amount of at most {most}.", most=whole(largest)))
    return amount


def _read(digits: str, shown: str, currency: Currency) -> Decimal:
    if digits.isdecimal():
        return Decimal(digits)
    found = _TWO_MEANINGS.fullmatch(digits)
    # Without decimals it is a group, and with three a point is what people put before them.
    if found and currency.decimals and (currency.decimals < 3 or found[2] == ","):
        raise NotUnderstood(
            t(
                "“{typed}” can be read in two ways. Type {large} or {small}.",
                typed=shown,
                large=f"{found[1]}{found[3]}",
                small=f"{found[1]}.{found[3][: currency.decimals]}",
            )
        )
    patterns = [_DECIMALS, *_GROUPED] if currency.decimals else _GROUPED
    found = next(filter(None, (pattern.fullmatch(digits) for pattern in patterns)), None)
    if not found or len(found[2] or "") > currency.decimals:
        raise NotUnderstood(_how(shown, currency))
    whole = "".join(mark for mark in found[1] if mark.isdecimal())
    return Decimal(f"{whole or 0}.{found[2] or 0}")


def _check_sign(sign: str, currency: Currency) -> None:
    own = currency.symbol.strip()
    known = {currency.code, own, own[-1], *_OTHER_SIGNS.get(currency.code, "").split()}
    if sign and sign.strip(".").casefold() not in {word.casefold() for word in known}:
        raise NotUnderstood(
            t(
                "Type the number alone: “{sign}” is not {currency}.",
                sign=sign,
                currency=currency.code,
            )
        )


def example(currency: Currency) -> str:
    """An amount as it may be typed."""
    return {
        0: t("Type 4900 or 4,900."),
        2: t("Type 199.50 or 199,50."),
        3: t("Type 19.900 or 19,9."),
    }[currency.decimals]


def _how(shown: str, currency: Currency) -> str:
    return t("“{typed}” is not an amount. {example}", typed=shown, example=example(currency))


def read_whole(text: str, least: int, most: int) -> int:
    shown = " ".join(text[:40].split())
    if not (shown.isascii() and shown.isdecimal() and least <= int(shown) <= most):
        raise NotUnderstood(
            t("Type a whole number from {least} to {most}.", least=least, most=most)
        )
    return int(shown)
