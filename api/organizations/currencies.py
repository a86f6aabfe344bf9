"""Which currencies a gym may keep its books in."""

# ISO 4217, without funds, metals and testing codes, and only those with two decimals: the ledger
# counts hundredths. Currencies with none or three come with payments in them.
_TWO_DECIMALS = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY
COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF
IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR
MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG
SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES
WST XCD XCG YER ZAR ZMW ZWG
"""
CURRENCIES = frozenset(_TWO_DECIMALS.split())
_OTHER_DECIMALS = """
BHD BIF CLP DJF GNF IQD ISK JOD JPY KMF KRW KWD LYD OMR PYG RWF TND UGX VND VUV XAF XOF XPF
"""
OTHER_DECIMALS = frozenset(_OTHER_DECIMALS.split())


def check_currency(code: str) -> str:
    if code in OTHER_DECIMALS:
        raise ValueError(f"{code} does not have two decimals; the ledger counts hundredths")
    if code not in CURRENCIES:
        raise ValueError("is not a currency code of ISO 4217, such as EUR")
    return code
