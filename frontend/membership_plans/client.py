"""Membership plans."""

from typing import cast

from frontend.kit.api_types import Page, Plan
from frontend.kit.client import Params
from frontend.kit.session import api


def list_all() -> list[Plan]:
    page = cast(Page[Plan], api.get("/membership-plans", size=200))
    return page["items"]


def create(fields: Params) -> Plan:
    return cast(Plan, api.send("POST", "/membership-plans", json=fields))


def update(plan_id: int, changes: Params) -> Plan:
    return cast(Plan, api.send("PATCH", f"/membership-plans/{plan_id}", json=changes))
