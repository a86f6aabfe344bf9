"""A member's periods on a plan."""

from typing import cast

from frontend.kit.api_types import MembershipItem
from frontend.kit.client import Params
from frontend.kit.session import api


def create(fields: Params) -> MembershipItem:
    return cast(MembershipItem, api.send("POST", "/memberships", json=fields))


def end(membership_id: int, fields: Params) -> MembershipItem:
    return cast(MembershipItem, api.send("POST", f"/memberships/{membership_id}/end", json=fields))
