"""Households: who is in one, and who pays."""

from typing import cast

from frontend.kit.api_types import HouseholdItem, Page
from frontend.kit.session import api


def find_of(member_id: int) -> HouseholdItem | None:
    """The household that a member is in."""
    found = cast(Page[HouseholdItem], api.get("/households", member_id=member_id))["items"]
    return found[0] if found else None


def create(payer_id: int, member_id: int) -> None:
    api.send("POST", "/households", json={"payer_id": payer_id, "member_ids": [member_id]})


def add(household_id: int, member_id: int) -> None:
    api.send("POST", f"/households/{household_id}/members", json={"member_id": member_id})


def remove(household_id: int, member_id: int) -> None:
    api.send("DELETE", f"/households/{household_id}/members/{member_id}")


def set_payer(household_id: int, member_id: int) -> None:
    api.send("PUT", f"/households/{household_id}/payer", json={"member_id": member_id})


def dissolve(household_id: int) -> None:
    api.send("DELETE", f"/households/{household_id}")
