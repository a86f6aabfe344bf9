"""Visits."""

from collections.abc import Iterator
from typing import Any, cast

from frontend.kit.api_types import (
    CheckInItem,
    DoorCodeItem,
    DoorCodes,
    Entry,
    JobItem,
    Occupancy,
    Page,
    VisitHistory,
    VisitStatistics,
)
from frontend.kit.client import Api
from frontend.kit.session import api


def page(member_id: int, **query: Any) -> Page[CheckInItem]:
    return cast(Page[CheckInItem], api.get("/check-ins", member_id=member_id, **query))


def page_inside(size: int) -> Page[CheckInItem]:
    """Who is inside, the latest first. Never from the cache: other desks and doors record, too."""
    params = {"inside": "true", "size": size}
    return cast(Page[CheckInItem], api.send("GET", "/check-ins", params=params))


def read_occupancy() -> Occupancy:
    """Who is inside by location; never from the cache."""
    return cast(Occupancy, api.send("GET", "/check-ins/occupancy"))


def read_statistics(**query: Any) -> VisitStatistics:
    return cast(VisitStatistics, api.get("/check-ins/statistics", **query))


def read_history(member_id: int) -> VisitHistory:
    return cast(VisitHistory, api.get(f"/members/{member_id}/visit-history"))


def record(
    member_id: int,
    *,
    method: str,
    key: str,
    location_id: int | None = None,
    override_reason: str | None = None,
) -> Entry:
    body: dict[str, Any] = {"member_id": member_id, "method": method}
    if location_id is not None:
        body["location_id"] = location_id
    if override_reason is not None:
        body["override_reason"] = override_reason
    headers = {"Idempotency-Key": key}
    return cast(Entry, api.send("POST", "/check-ins", json=body, headers=headers))


def scan(code: str, *, location_id: int | None = None, override_reason: str | None = None) -> Entry:
    """Whoever shows this code. It works once, so a repeat needs no key."""
    body: dict[str, Any] = {"code": code}
    if location_id is not None:
        body["location_id"] = location_id
    if override_reason is not None:
        body["override_reason"] = override_reason
    return cast(Entry, api.send("POST", "/check-ins/scan", json=body))


def read_door_code(member_id: int) -> DoorCodeItem:
    """The newest one of a member; never from the cache, since each lasts half a minute."""
    found = cast(DoorCodes, api.send("GET", f"/members/{member_id}/door-code"))
    return found["codes"][0]


def reset_door_code(member_id: int) -> None:
    api.send("POST", f"/members/{member_id}/door-code/reset")


def watch(last_event_id: str | None, *, api: Api) -> Iterator[str]:
    """The lines of a stream of what happens at the door, after the event that was told last."""
    headers = {} if last_event_id is None else {"Last-Event-ID": last_event_id}
    return api.lines("/check-ins/live", headers=headers)


def take_back(check_in_id: int) -> None:
    api.send("DELETE", f"/check-ins/{check_in_id}")


def load_file(name: str, content: bytes, *, key: str) -> JobItem:
    """Takes longer than a request: what is returned is the job."""
    files = {"file": (name, content, "text/csv")}
    headers = {"Idempotency-Key": key}
    return cast(JobItem, api.send("POST", "/check-ins/bulk", files=files, headers=headers))
