"""Equipment is found by any part of its name or of its serial number."""

import pytest

from tests.fixtures.api import ApiClient

URL = "/api/v1/equipment"


@pytest.mark.parametrize(
    ("searched", "found"),
    [
        ("rower", ["Rower 100%"]),
        ("x_1", ["Bench"]),
        ("00%", ["Rower 100%"]),
        ("%", ["Rower 100%", "Treadmill"]),
        ("_", ["Bench"]),
        ("er%l", []),
    ],
)
def test_what_is_typed_is_searched_as_it_stands(
    owner: ApiClient, searched: str, found: list[str]
) -> None:
    """Also the characters that stand for any others in SQL."""
    for name, number in (("Bench", "X_1"), ("Rower 100%", "XA1"), ("Treadmill", "50%")):
        body = {"name": name, "category": "cardio", "serial_number": number}
        assert owner.post(URL, json=body).status_code == 201
    page = owner.get(URL, params={"search": searched, "sort": "name"}).json()
    assert [item["name"] for item in page["items"]] == found
