"""What money is: which currencies a gym may keep its books in, and in what each of them is counted.

Amounts are integers of the currency's smallest part ("minor units") in the ledger and in what is
agreed, and decimals of the currency itself ("major units") where people read and write them. The
smallest part is that of ISO 4217, in which banks and payment providers count; how many decimals a
language usually shows is another question.
"""

from decimal import ROUND_HALF_UP, Decimal
from typing import overload

from core.translation import t

# ISO 4217 without funds, metals and testing codes.
_BY_DECIMALS = {
    0: "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF",
    2: """
    AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF
    CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT
    MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB
    SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH
    USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG
    """,
    3: "BHD IQD JOD KWD LYD OMR TND",
}
DECIMALS = {code: decimals for decimals, codes in _BY_DECIMALS.items() for code in codes.split()}
"""Every currency that is offered and taken, with its decimals."""
MAX_DECIMALS = max(_BY_DECIMALS)
MAX_PRICE = Decimal(999_999_999)


def check_currency(code: str) -> str:
    if code not in DECIMALS:
        raise ValueError(t("This is not a currency code of ISO 4217, such as EUR."))
    return code


def to_minor(amount: Decimal, currency: str) -> int:
    """Halves go up, away from zero."""
    return int(amount.scaleb(DECIMALS[currency]).quantize(Decimal(1), ROUND_HALF_UP))


@overload
def to_major(minor: int, currency: str) -> Decimal: ...
@overload
def to_major(minor: int | None, currency: str) -> Decimal | None: ...
def to_major(minor: int | None, currency: str) -> Decimal | None:
    """None of what is not known."""
    return None if minor is None else Decimal(minor).scaleb(-DECIMALS[currency])


def round_major(amount: Decimal, currency: str) -> Decimal:
    """A mean or another figure that was computed, as the nearest amount that can be paid."""
    return amount.quantize(Decimal(1).scaleb(-DECIMALS[currency]), ROUND_HALF_UP)


def can_be_paid(amount: Decimal, currency: str) -> bool:
    """False of 0.5 yen or a tenth of a cent."""
    return round_major(amount, currency) == amount


def price_a_year(price: Decimal, months: int, currency: str) -> int:
    """Minor units that twelve months cost where `months` cost `price`."""
    return to_minor(price * 12 / Decimal(months), currency)
