"""Canned answers about who changed what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response

from tests.frontend.fake_answers import FakeRoute, page_of
from tests.frontend.fake_gym import NOW

if TYPE_CHECKING:
    from tests.frontend.fake_api import FakeApi

Row = dict[str, Any]


def make_entry(audit_id: int, **over: Any) -> Row:
    return {
        "audit_id": audit_id,
        "at": NOW,
        "action": "changed",
        "noun": "membership_plan",
        "key": "12",
        "member_id": None,
        "member_name": None,
        "user_id": 1,
        "actor": "Ana Souza",
        "address": "203.0.113.7",
        "request_id": "request-1",
        "changes": [change("price", 49.9, 59.9)],
    } | over


def change(field: str, old: Any, new: Any, *, is_hidden: bool = False) -> Row:
    return {"field": field, "old": old, "new": new, "is_hidden": is_hidden}


def select(api: FakeApi, request: Request) -> list[Row]:
    asked = request.query_params
    found = api.gym.audit_log
    for name in ("noun", "action"):
        found = [row for row in found if asked.get(name) in (None, row[name])]
    for name in ("user_id", "member_id"):
        found = [row for row in found if asked.get(name) in (None, str(row[name]))]
    return found


def entries(api: FakeApi, request: Request, _body: Any) -> Any:
    return page_of(request, select(api, request))


def choices(api: FakeApi, _request: Request, _body: Any) -> Any:
    users = {row["user_id"]: row["actor"] for row in api.gym.audit_log}
    return {
        "nouns": sorted({row["noun"] for row in api.gym.audit_log}),
        "users": [{"user_id": number, "name": name} for number, name in users.items()],
    }


def file(api: FakeApi, request: Request, _body: Any) -> Response:
    return Response(f"{len(select(api, request))} entries", media_type="text/csv")


ROUTES: list[FakeRoute] = [
    ("GET", "/audit-log", entries, False),
    ("GET", "/audit-log/choices", choices, False),
    ("GET", r"/audit-log/export\.csv", file, False),
]
