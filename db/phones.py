"""What a phone number is that can be dialled from anywhere: E.164, as `+5511998765432`."""

from functools import cache
from importlib.resources import files

import phonenumbers

_ZONES = "zone.tab"
_LONGEST_CODE = 3


def to_e164(typed: str | None, region: str | None) -> str | None:
    """The number that was typed, in E.164; None where it is none that can be dialled.

    `region` is the country of numbers that are typed without one, as `region_of_zone` gives it.
    Without it only numbers that begin with + are read.
    """
    if not typed:
        return None
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


@cache
def region_of_zone(zone: str) -> str | None:
    """The country of a time zone, as ISO 3166 writes it; None for a zone of no country, as UTC."""
    return _read_regions().get(zone)


def without_country_code(e164: str) -> str:
    """The digits as they are dialled within the country, without what some put in front (0)."""
    digits = e164.removeprefix("+")
    for length in range(1, _LONGEST_CODE + 1):
        if int(digits[:length]) in phonenumbers.COUNTRY_CODE_TO_REGION_CODE:
            return digits[length:]
    return digits


@cache
def _read_regions() -> dict[str, str]:
    rows = (files("tzdata.zoneinfo") / _ZONES).read_text("utf-8").splitlines()
    columns = (row.split("\t") for row in rows if not row.startswith("#"))
    return {zone: region for region, _place, zone, *_comment in columns}
