"""Nouns that are no more than a table, as the fake API serves them: a new one is a line here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.frontend.fake_gym import NOW

Row = dict[str, Any]


@dataclass
class FakeTable:
    key: str
    defaults: Row
    """Of a row that is made: what nobody sends."""
    rows: list[Row] = field(default_factory=list)

    def select(self, query: Mapping[str, str]) -> list[Row]:
        asked = {name: value for name, value in query.items() if name in self.defaults}
        found = [row for row in self.rows if all(_said(row[name]) == asked[name] for name in asked)]
        needle = query.get("search", "").lower()
        found = [row for row in found if needle in row["name"].lower()]
        sort = query.get("sort", "name")
        column = sort.lstrip("-")
        known = [row for row in found if row[column] is not None]
        known.sort(key=lambda row: row[column], reverse=sort.startswith("-"))
        return known + [row for row in found if row[column] is None]

    def find(self, number: int) -> Row | None:
        return next((row for row in self.rows if row[self.key] == number), None)

    def add(self, values: Row) -> Row:
        row = {**self.defaults, self.key: len(self.rows) + 1, **values}
        self.rows.append(row)
        return row


def _said(value: Any) -> Any:
    """As it stands in an address."""
    return str(value).lower() if isinstance(value, bool) else value


def make_tables() -> dict[str, FakeTable]:
    """By their paths."""
    optional = dict.fromkeys(("location", "serial_number", "purchased_on", "notes"))
    location = dict.fromkeys(("address", "phone", "capacity"))
    location |= {"name": "", "is_active": True, "is_open": True, "opening_hours": []}
    gym: Row = dict.fromkeys(("owner_seen_at", "suspended_at", "suspended_reason"))
    gym |= {"email": "ana@example.com", "username": "ana", "timezone": "Europe/Lisbon"}
    gym |= {"currency": "EUR", "members": 120, "created_at": NOW}
    teammate = {
        "username": None,
        "has_second_factor": False,
        "is_active": True,
        "last_used_at": NOW,
        "created_at": NOW,
    }
    return {
        "audiences": FakeTable(
            "audience_id", {"name": "", "filter": {}, "owner": "Ana Souza", "updated_at": NOW}
        ),
        "tags": FakeTable("tag_id", {"name": "", "members": 0}),
        "team": FakeTable(
            "user_id",
            {"name": "", "email": "x@example.com", "role": "trainer", **teammate},
            [
                {"user_id": 1, "name": "Ana", "email": "ana@example.com", "role": "owner"}
                | teammate,
                {"user_id": 2, "name": "Rita Costa", "email": "rita@example.com", "role": "admin"}
                | teammate,
            ],
        ),
        "invitations": FakeTable(
            "invitation_id",
            {
                "name": "",
                "member_id": None,
                "invited_by": "Ana",
                "created_at": NOW,
                "expires_at": "2026-11-23T09:30:00+00:00",
                "is_expired": False,
            },
        ),
        "locations": FakeTable(
            "location_id", location, [{**location, "location_id": 1, "name": "Riverside Gym"}]
        ),
        "locations/closures": FakeTable("closure_id", {"location_id": None, "reason": None}),
        "organizations": FakeTable(
            "gym_id", gym, [{**gym, "gym_id": 1, "name": "Riverside", "owner_seen_at": NOW}]
        ),
        "promotions": FakeTable(
            "promotion_id",
            dict.fromkeys(("percent_off", "amount_off", "valid_from", "valid_until", "max_uses"))
            | {"code": "", "name": "", "terms": 1, "new_members_only": False, "plan_ids": []}
            | {"is_active": True, "uses": 0},
        ),
        "equipment": FakeTable(
            "equipment_id",
            {"name": "", "category": "other", "status": "working", "updated_at": NOW, **optional},
        ),
    }
