"""A number is stored as it can be dialled from anywhere, or not at all."""

import pytest

from db.phones import region_of_zone, to_e164, without_country_code


@pytest.mark.parametrize(
    ("typed", "region", "e164"),
    [
        ("11 99876-5432", "BR", "+5511998765432"),
        ("+55 (11) 99876-5432", "DE", "+5511998765432"),
        ("030 23125 419", "DE", "+493023125419"),
        ("(207) 555-0142", "US", "+12075550142"),
        ("+1234567890", None, None),
        ("11 99876-5432", None, None),
        ("ring twice", "BR", None),
        ("1", "BR", None),
        ("", "BR", None),
        (None, "BR", None),
    ],
)
def test_a_number_is_read_with_the_country_of_the_gym(
    typed: str | None, region: str | None, e164: str | None
) -> None:
    assert to_e164(typed, region) == e164


@pytest.mark.parametrize(
    ("zone", "region"),
    [("America/Sao_Paulo", "BR"), ("Europe/Lisbon", "PT"), ("UTC", None), ("nowhere", None)],
)
def test_a_time_zone_says_the_country_if_it_is_of_one(zone: str, region: str | None) -> None:
    assert region_of_zone(zone) == region


@pytest.mark.parametrize(
    ("e164", "digits"),
    [
        ("+5511998765432", "11998765432"),
        ("+351912345678", "912345678"),
        ("+12075550142", "2075550142"),
    ],
)
def test_a_number_is_also_known_without_its_country(e164: str, digits: str) -> None:
    assert without_country_code(e164) == digits
