"""Numbers as people type them: 199,50 and 199.50 are the same, and 1,234 may be two things."""

import re
from decimal import Decimal

from frontend.kit.formats import symbol, whole
from frontend.kit.i18n import t

MAX_AMOUNT = Decimal("9999999.99")
#: What people write before or after an amount, beside the code and the sign of the currency.
_OTHER_SIGNS = {
    "CHF": "fr sfr", "CZK": "kč", "DKK": "kr", "HUF": "ft", "IDR": "rp", "INR": "rs", "ISK": "kr",
    "KES": "ksh", "MYR": "rm", "NOK": "kr", "PEN": "s/", "PLN": "zł", "RON": "lei", "SEK": "kr",
    "TRY": "₺ tl", "ZAR": "r",
}  # fmt: skip
_PARTS = re.compile(
    r"(?:([^\d.,+-]+?)\.?)? ?([+-]?[.,]?\d[\d.,' ]*?)(?:[.,][-–—]+)? ?([^\d.,' +-]*)\.?"
)
_DECIMALS = re.compile(r"(\d*)[.,](\d{1,2})")
# Groups of three, or as in India 12,34,567; then perhaps the other mark and decimals.
_GROUPED = (
    re.compile(r"([1-9]\d{0,2}(?:,\d{3})+|[1-9]\d?(?:,\d{2})*,\d{3})(?:\.(\d{1,2}))?"),
    re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(?:,(\d{1,2}))?"),
    re.compile(r"([1-9]\d{0,2}(?:[ ']\d{3})+)(?:[.,](\d{1,2}))?"),
)
_TWO_MEANINGS = re.compile(r"([1-9]\d{0,2})[.,](\d{3})")


class NotUnderstood(ValueError):
    """What was typed is no such number, or could be two; the message says what to type."""


def read_amount(text: str, currency: str) -> Decimal:
    """An amount of money with at most two decimals."""
    shown = " ".join(text[:40].replace("’", "'").split())
    found = _PARTS.fullmatch(shown)
    if not found:
        raise NotUnderstood(_how(shown))
    for sign in (found[1], found[3]):
        _check_sign((sign or "").strip(), currency)
    if found[2].startswith(("-", "+")):
        raise NotUnderstood(t("Type an amount of 0 or more, without a sign before it."))
    amount = _read(found[2].strip(), shown)
    if amount > MAX_AMOUNT:
        raise NotUnderstood(t("Type an amount of at most {most}.", most=whole(MAX_AMOUNT)))
    return amount


def _read(digits: str, shown: str) -> Decimal:
    if digits.isdecimal():
        return Decimal(digits)
    if found := _TWO_MEANINGS.fullmatch(digits):
        raise NotUnderstood(
            t(
                "“{typed}” can be read in two ways. Type {large} or {small}.",
                typed=shown,
                large=f"{found[1]}{found[2]}",
                small=f"{found[1]}.{found[2][:2]}",
            )
        )
    found = _DECIMALS.fullmatch(digits)
    for pattern in _GROUPED:
        found = found or pattern.fullmatch(digits)
    if not found:
        raise NotUnderstood(_how(shown))
    whole = "".join(mark for mark in found[1] if mark.isdecimal())
    return Decimal(f"{whole or 0}.{found[2] or 0}")


def _check_sign(sign: str, currency: str) -> None:
    own = symbol(currency).strip()
    known = {currency, own, own[-1], *_OTHER_SIGNS.get(currency, "").split()}
    if sign and sign.strip(".").casefold() not in {word.casefold() for word in known}:
        raise NotUnderstood(
            t("Type the number alone: “{sign}” is not {currency}.", sign=sign, currency=currency)
        )


def _how(shown: str) -> str:
    return t("“{typed}” is not an amount. Type it like 199.50 or 199,50.", typed=shown)


def read_whole(text: str, least: int, most: int) -> int:
    shown = " ".join(text[:40].split())
    if not (shown.isascii() and shown.isdecimal() and least <= int(shown) <= most):
        raise NotUnderstood(
            t("Type a whole number from {least} to {most}.", least=least, most=most)
        )
    return int(shown)
