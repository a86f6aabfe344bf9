"""Locations, their hours, closures and kiosks."""

from typing import Any, cast

from frontend.kit.api_types import (
    ClosureItem,
    HoursItem,
    KioskCreated,
    KioskItem,
    LocationItem,
    Page,
)
from frontend.kit.client import Params
from frontend.kit.session import api


def page(**query: Any) -> Page[LocationItem]:
    return cast(Page[LocationItem], api.get("/locations", **query))


def list_all() -> list[LocationItem]:
    return page(size=200)["items"]


def read(location_id: int) -> LocationItem:
    return cast(LocationItem, api.get(f"/locations/{location_id}"))


def create(fields: Params) -> LocationItem:
    return cast(LocationItem, api.send("POST", "/locations", json=fields))


def update(location_id: int, changes: Params) -> LocationItem:
    return cast(LocationItem, api.send("PATCH", f"/locations/{location_id}", json=changes))


def delete(location_id: int) -> None:
    api.send("DELETE", f"/locations/{location_id}")


def replace_hours(location_id: int, hours: list[HoursItem]) -> None:
    api.send("PUT", f"/locations/{location_id}/opening-hours", json={"opening_hours": hours})


def closures(**query: Any) -> Page[ClosureItem]:
    return cast(Page[ClosureItem], api.get("/locations/closures", **query))


def close(fields: Params) -> ClosureItem:
    return cast(ClosureItem, api.send("POST", "/locations/closures", json=fields))


def delete_closure(closure_id: int) -> None:
    api.send("DELETE", f"/locations/closures/{closure_id}")


def list_kiosks(location_id: int) -> list[KioskItem]:
    page = cast(Page[KioskItem], api.get("/kiosks", location_id=location_id, size=200))
    return page["items"]


def add_kiosk(location_id: int, name: str) -> KioskCreated:
    fields = {"location_id": location_id, "name": name}
    return cast(KioskCreated, api.send("POST", "/kiosks", json=fields))


def delete_kiosk(kiosk_id: int) -> None:
    api.send("DELETE", f"/kiosks/{kiosk_id}")
