"""What a form can offer, for whoever has no account yet."""

import pytest

from api.auth.schemas import Me
from api.kit.permissions import ROLE_PERMISSIONS
from api.organizations.schemas import check_timezone
from core.money import DECIMALS, check_currency
from db.models import Role

CHOICES = "/api/v1/auth/choices"


def test_what_is_offered_is_what_is_taken(client) -> None:
    found = client.get(CHOICES).json()
    decimals = {entry["code"]: entry["decimals"] for entry in found["currencies"]}
    assert decimals == DECIMALS
    for code in decimals:
        assert check_currency(code) == code
    assert len(found["timezones"]) == len(set(found["timezones"])) > 400
    for zone in found["timezones"]:
        assert check_timezone(zone) == zone
        assert zone == "UTC" or "/" in zone
    obsolete = {"CET", "EET", "MET", "WET", "US/Eastern", "Asia/Calcutta", "Etc/GMT+1"}
    assert not obsolete & set(found["timezones"])


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SUPER_ADMIN])
def test_whoever_is_signed_in_is_told_what_they_may_do(sign_in_as, role: Role) -> None:
    me = sign_in_as(role).get("/api/v1/auth/me").json()
    assert set(me["permissions"]) == set(ROLE_PERMISSIONS[role])
    assert me["gym"]["currency_decimals"] == 2
    Me.model_validate(me)
