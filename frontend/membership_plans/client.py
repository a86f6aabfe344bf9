"""Membership plans."""

from typing import Any, cast

from frontend.kit.api_types import Page, PlanItem
from frontend.kit.client import Params
from frontend.kit.session import api


def page(**query: Any) -> Page[PlanItem]:
    return cast(Page[PlanItem], api.get("/membership-plans", **query))


def list_all() -> list[PlanItem]:
    return page(size=200)["items"]


def read(plan_id: int) -> PlanItem:
    return cast(PlanItem, api.get(f"/membership-plans/{plan_id}"))


def create(fields: Params) -> PlanItem:
    return cast(PlanItem, api.send("POST", "/membership-plans", json=fields))


def update(plan_id: int, changes: Params) -> PlanItem:
    return cast(PlanItem, api.send("PATCH", f"/membership-plans/{plan_id}", json=changes))
