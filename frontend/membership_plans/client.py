"""Membership plans."""

from typing import cast

from frontend.kit.api_types import Page, PlanItem
from frontend.kit.client import Params
from frontend.kit.session import api


def list_all() -> list[PlanItem]:
    page = cast(Page[PlanItem], api.get("/membership-plans", size=200))
    return page["items"]


def create(fields: Params) -> PlanItem:
    return cast(PlanItem, api.send("POST", "/membership-plans", json=fields))


def update(plan_id: int, changes: Params) -> PlanItem:
    return cast(PlanItem, api.send("PATCH", f"/membership-plans/{plan_id}", json=changes))
