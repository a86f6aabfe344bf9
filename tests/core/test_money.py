"""Each currency is counted in its own smallest part, and what is offered is what is in use."""

from datetime import date
from decimal import Decimal

import pytest
from babel.core import get_global
from babel.numbers import get_currency_precision

from core.money import DECIMALS, can_be_paid, price_a_year, round_major, to_major, to_minor

# ISO 4217 gives each of these a smallest part that CLDR, which is about how amounts are usually
# written, leaves out. The ledger goes by ISO 4217, as banks and payment providers do.
WRITTEN_WITHOUT = set("AFN ALL COP HUF IDR IQD IRR KPW LAK LBP MGA MMK SOS SYP YER".split())  # noqa: SIM905


def test_decimals_are_those_that_cldr_knows_but_for_what_is_only_written_without() -> None:
    differ = {code for code, found in DECIMALS.items() if get_currency_precision(code) != found}
    assert differ == WRITTEN_WITHOUT
    assert all(get_currency_precision(code) == 0 for code in WRITTEN_WITHOUT)


def test_every_money_that_is_legal_tender_somewhere_today_can_be_chosen() -> None:
    today = date(2026, 1, 1)
    in_use = {
        code
        for entries in get_global("territory_currencies").values()
        for code, _start, end, is_tender in entries
        if is_tender and (end is None or date(*end) >= today)
    }
    assert in_use - set(DECIMALS) == {"BGN"}, "the euro's since 2026, which CLDR does not know yet"
    assert set(DECIMALS) - in_use == {"SVC", "VED"}, "of ISO 4217, beside another of the country's"


@pytest.mark.parametrize(
    ("currency", "amount", "minor"),
    [
        ("EUR", "49.90", 4990),
        ("INR", "1499.50", 149950),
        ("JPY", "8000", 8000),
        ("KRW", "55000", 55000),
        ("CLP", "32990", 32990),
        ("VND", "650000", 650000),
        ("KWD", "18.125", 18125),
        ("BHD", "0.005", 5),
    ],
)
def test_an_amount_is_counted_in_the_currencys_own_smallest_part(
    currency: str, amount: str, minor: int
) -> None:
    assert to_minor(Decimal(amount), currency) == minor
    assert str(to_major(minor, currency)) == str(Decimal(amount))
    assert can_be_paid(Decimal(amount), currency)


@pytest.mark.parametrize(
    ("currency", "amount", "nearest"),
    [("EUR", "0.005", "0.01"), ("JPY", "0.5", "1"), ("KWD", "0.0005", "0.001")],
)
def test_half_of_the_smallest_part_cannot_be_paid_and_is_rounded_up(
    currency: str, amount: str, nearest: str
) -> None:
    assert not can_be_paid(Decimal(amount), currency)
    assert str(round_major(Decimal(amount), currency)) == nearest


@pytest.mark.parametrize(
    ("currency", "price", "months", "a_year"),
    [
        ("EUR", "100.00", 7, 17143),
        ("JPY", "10000", 7, 17143),
        ("KWD", "10.000", 7, 17143),
        ("INR", "999.00", 1, 1198800),
    ],
)
def test_a_year_of_a_plan_is_rounded_to_the_smallest_part(
    currency: str, price: str, months: int, a_year: int
) -> None:
    assert price_a_year(Decimal(price), months, currency) == a_year


def test_what_is_not_known_stays_unknown() -> None:
    assert to_major(None, "JPY") is None
