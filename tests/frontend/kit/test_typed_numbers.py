"""Numbers as people of many countries type them: understood or asked about, never guessed."""

from decimal import Decimal

import pytest

from frontend.kit.formats import Currency, exact_money, money, short_money
from frontend.kit.typed_numbers import NotUnderstood, example, read_amount, read_whole

EUR, JPY, KWD = Currency("EUR", 2), Currency("JPY", 0), Currency("KWD", 3)
LARGEST = 9_999_999.999


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
    assert read_amount(typed, EUR, LARGEST) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "currency"),
    [
        ("kr. 199,50", "DKK"), ("199,50 kr", "SEK"), ("DKK 199,50", "DKK"), ("199,50 zł", "PLN"),
        ("Fr. 199.50", "CHF"), ("$199.50", "USD"), ("US$ 199.50", "USD"), ("R$ 199,50", "BRL"),
        ("£199.50", "GBP"), ("Rs. 199.50", "INR"), ("R 199,50", "ZAR"),
    ],
)  # fmt: skip
def test_the_gyms_own_sign_may_stand_beside_the_amount(typed: str, currency: str) -> None:
    assert read_amount(typed, Currency(currency, 2), LARGEST) == Decimal("199.5")


@pytest.mark.parametrize("typed", ["1,234", "1.234", "12,345", "999.000", "€ 1.000"])
def test_three_digits_behind_one_mark_are_asked_about(typed: str) -> None:
    with pytest.raises(NotUnderstood, match="can be read in two ways"):
        read_amount(typed, EUR, LARGEST)


@pytest.mark.parametrize(
    "typed",
    ["", " ", "abc", "-199", "+5", "−199", "(199)", "1e3", "12,34,56", "1,23.456", "1.2.3", "1,2,3",
     "12 34", "199 50", "1,234.567", "0,500", "0.500", "1234,567", "199,505", "199,50,00", "1..5",
     "5%", "$199", "199 kr", "199,50 a month", "10000000", "9" * 40, "1.234,567",
     "00,123,456", "5²"],
)  # fmt: skip
def test_what_is_no_amount_is_refused_with_words(typed: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_amount(typed, EUR, LARGEST)
    assert "Type" in str(refused.value)


@pytest.mark.parametrize(
    ("typed", "currency", "amount"),
    [
        ("8000", JPY, "8000"), ("8,000", JPY, "8000"), ("8.000", JPY, "8000"),
        ("JP¥8,000", JPY, "8000"), ("1,234,567", JPY, "1234567"),
        ("18.125", KWD, "18.125"), ("18.125 KWD", KWD, "18.125"), ("18,5", KWD, "18.5"),
        ("18,12", KWD, "18.12"), ("1,234.125", KWD, "1234.125"), ("0,125", KWD, "0.125"),
    ],
)  # fmt: skip
def test_each_currency_has_its_own_decimals(typed: str, currency: Currency, amount: str) -> None:
    assert read_amount(typed, currency, LARGEST) == Decimal(amount)


@pytest.mark.parametrize(
    ("typed", "currency", "says"),
    [
        ("8000.50", JPY, "Type 4900 or 4,900."),
        ("0,5", JPY, "Type 4900 or 4,900."),
        ("18.1255", KWD, "Type 19.900 or 19,9."),
        ("18,125", KWD, "Type 18125 or 18.125."),
    ],
)
def test_more_decimals_than_the_currency_has_are_refused_or_asked_about(
    typed: str, currency: Currency, says: str
) -> None:
    with pytest.raises(NotUnderstood) as refused:
        read_amount(typed, currency, LARGEST)
    assert str(refused.value).endswith(says)


@pytest.mark.parametrize("currency", [EUR, JPY, KWD])
def test_what_is_given_as_an_example_is_understood(currency: Currency) -> None:
    for typed in example(currency).removeprefix("Type ").removesuffix(".").split(" or "):
        assert read_amount(typed, currency, LARGEST) > 0


def test_money_is_shown_in_the_decimals_of_its_currency() -> None:
    assert [money(49.9, EUR), money(8000, JPY), money(18.125, KWD)] == [
        "€49.90",
        "JP¥8,000",
        "KWD\xa018.125",
    ]
    assert [exact_money(120, EUR), exact_money(120, JPY), exact_money(120, KWD)] == [
        "€120.00",
        "JP¥120",
        "KWD\xa0120.000",
    ]
    assert [short_money(8.5, KWD), short_money(6_500_000, JPY)] == ["KWD\xa08.500", "JP¥6.5m"]


def test_whole_numbers_are_whole() -> None:
    assert read_whole(" 12 ", 1, 120) == 12
    for typed in ("", "0", "121", "1,5", "1.5", "12 months", "-1", "1e1", "²"):
        with pytest.raises(NotUnderstood, match="whole number from 1 to 120"):
            read_whole(typed, 1, 120)
