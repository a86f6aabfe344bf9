"""Numbers as people of many countries type them: understood or asked about, never guessed."""

from decimal import Decimal

import pytest

from frontend.kit.typed_numbers import NotUnderstood, read_amount, read_whole


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("199,50", "199.5"),
        ("199.50", "199.5"),
        ("199,5", "199.5"),
        ("199.5", "199.5"),
        ("199", "199"),
        ("199.", "199"),
        ("199,-", "199"),
        ("199,00", "199"),
        ("0,99", "0.99"),
        (".5", "0.5"),
        (",50", "0.5"),
        ("0", "0"),
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1.234,5", "1234.5"),
        ("1 234,50", "1234.5"),
        ("1\u202f234,50", "1234.5"),
        ("1\u00a0234.50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1’234.50", "1234.5"),
        ("1 234", "1234"),
        ("1'234", "1234"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("1,23,456.00", "123456"),
        ("1234,5", "1234.5"),
        ("€ 199,50", "199.5"),
        ("199,50 €", "199.5"),
        ("€199.50", "199.5"),
        ("EUR 199,50", "199.5"),
        ("199,50 eur", "199.5"),
        (" 199,50 ", "199.5"),
    ],
)
def test_both_decimal_marks_are_understood(typed: str, amount: str) -> None:
    assert read_amount(typed, "EUR") == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("kr. 199,50", "DKK"), ("199,50 kr", "SEK"), ("DKK 199,50", "DKK"), ("199,50 zł", "PLN"),
        ("Fr. 199.50", "CHF"), ("$199.50", "USD"), ("US$ 199.50", "USD"), ("R$ 199,50", "BRL"),
        ("£199.50", "GBP"), ("Rs. 199.50", "INR"), ("R 199,50", "ZAR"),
    ],
)  # fmt: skip
def test_the_gyms_own_sign_may_stand_beside_the_amount(typed: str, currency: str) -> None:
    assert read_amount(typed, currency) == Decimal("199.5")


@pytest.mark.parametrize("typed", ["1,234", "1.234", "12,345", "999.000", "€ 1.000"])
def test_three_digits_behind_one_mark_are_asked_about(typed: str) -> None:
    with pytest.raises(NotUnderstood, match="can be read in two ways"):
        read_amount(typed, "EUR")


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "-199", "+5", "−199", "(199)", "1e3", "12,34,56", "1,23.456", "1.2.3", "1,2,3",
     "12 34", "199 50", "1,234.567", "0,500", "0.500", "1234,567", "199,505", "199,50,00", "1..5",
     "5%", "$199", "199 kr", "199,50 a month", "10000000", "9" * 40, "1.234,567",
     "00,123,456", "5²"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_words(typed: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_amount(typed, "EUR")
    assert "Type" in str(refused.value)


def test_whole_numbers_are_whole() -> None:
    assert read_whole(" 12 ", 1, 120) == 12
    for typed in ("", "0", "121", "1,5", "1.5", "12 months", "-1", "1e1", "²"):
        with pytest.raises(NotUnderstood, match="whole number from 1 to 120"):
            read_whole(typed, 1, 120)
