"""The platform's gyms, for super admins."""

from typing import Any, cast

from frontend.kit.api_types import GymItem, Page
from frontend.kit.client import Params
from frontend.kit.session import api


def page(**query: Any) -> Page[GymItem]:
    return cast(Page[GymItem], api.get("/organizations", **query))


def read(gym_id: int) -> GymItem:
    return cast(GymItem, api.get(f"/organizations/{gym_id}"))


def create(fields: Params) -> GymItem:
    return cast(GymItem, api.send("POST", "/organizations", json=fields))


def suspend(gym_id: int, reason: str) -> GymItem:
    path = f"/organizations/{gym_id}/suspend"
    return cast(GymItem, api.send("POST", path, json={"reason": reason}))


def resume(gym_id: int) -> GymItem:
    return cast(GymItem, api.send("POST", f"/organizations/{gym_id}/resume"))
