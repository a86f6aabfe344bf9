"""Equipment."""

from typing import Any, cast

from frontend.kit.api_types import EquipmentItem, Page
from frontend.kit.client import Params
from frontend.kit.session import api


def page(**query: Any) -> Page[EquipmentItem]:
    return cast(Page[EquipmentItem], api.get("/equipment", **query))


def read(equipment_id: int) -> EquipmentItem:
    return cast(EquipmentItem, api.get(f"/equipment/{equipment_id}"))


def create(fields: Params) -> EquipmentItem:
    return cast(EquipmentItem, api.send("POST", "/equipment", json=fields))


def update(equipment_id: int, changes: Params) -> EquipmentItem:
    return cast(EquipmentItem, api.send("PATCH", f"/equipment/{equipment_id}", json=changes))


def delete(equipment_id: int) -> None:
    api.send("DELETE", f"/equipment/{equipment_id}")
