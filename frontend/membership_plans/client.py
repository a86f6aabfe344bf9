"""Membership plans."""

from datetime import date
from typing import Any, cast

from frontend.kit.api_types import (
    Page,
    PlanAccess,
    PlanItem,
    PriceItem,
    PriceMoveResult,
    PriceMoves,
    PriceRuleItem,
    PromotionItem,
)
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


def list_prices(plan_id: int) -> list[PriceItem]:
    """The newest first."""
    page = cast(Page[PriceItem], api.get(f"/membership-plans/{plan_id}/prices", size=200))
    return page["items"]


def change_price(plan_id: int, fields: Params) -> PriceItem:
    return cast(PriceItem, api.send("POST", f"/membership-plans/{plan_id}/prices", json=fields))


def withdraw_price(plan_id: int, price_id: int) -> None:
    api.send("DELETE", f"/membership-plans/{plan_id}/prices/{price_id}")


def read_price_moves(plan_id: int, starts_on: date) -> PriceMoves:
    """Who would be moved to the plan's price of that day."""
    path = f"/membership-plans/{plan_id}/price-moves"
    return cast(PriceMoves, api.get(path, starts_on=str(starts_on)))


def move_to_price(plan_id: int, fields: Params) -> PriceMoveResult:
    path = f"/membership-plans/{plan_id}/price-moves"
    return cast(PriceMoveResult, api.send("POST", path, json=fields))


def withdraw_price_moves(plan_id: int) -> PriceMoveResult:
    path = f"/membership-plans/{plan_id}/price-moves/withdraw"
    return cast(PriceMoveResult, api.send("POST", path, json={}))


def list_price_rules(plan_id: int) -> list[PriceRuleItem]:
    path = f"/membership-plans/{plan_id}/price-rules"
    return cast(Page[PriceRuleItem], api.get(path, size=200))["items"]


def create_price_rule(plan_id: int, fields: Params) -> None:
    api.send("POST", f"/membership-plans/{plan_id}/price-rules", json=fields)


def delete_price_rule(plan_id: int, rule_id: int) -> None:
    api.send("DELETE", f"/membership-plans/{plan_id}/price-rules/{rule_id}")


def page_of_promotions(**query: Any) -> Page[PromotionItem]:
    return cast(Page[PromotionItem], api.get("/promotions", **query))


def read_promotion(promotion_id: int) -> PromotionItem:
    return cast(PromotionItem, api.get(f"/promotions/{promotion_id}"))


def create_promotion(fields: Params) -> None:
    api.send("POST", "/promotions", json=fields)


def update_promotion(promotion_id: int, changes: Params) -> None:
    api.send("PATCH", f"/promotions/{promotion_id}", json=changes)


def delete_promotion(promotion_id: int) -> None:
    api.send("DELETE", f"/promotions/{promotion_id}")


def read_access(plan_id: int) -> PlanAccess:
    """When and where its members may enter."""
    return cast(PlanAccess, api.get(f"/membership-plans/{plan_id}/access"))


def replace_access(plan_id: int, fields: Params) -> None:
    api.send("PUT", f"/membership-plans/{plan_id}/access", json=fields)
