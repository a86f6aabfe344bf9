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
        found = [row for row in self.rows if all(row[name] == asked[name] for name in asked)]
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


def make_tables() -> dict[str, FakeTable]:
    """By their paths."""
    optional = dict.fromkeys(("location", "serial_number", "purchased_on", "notes"))
    return {
        "tags": FakeTable("tag_id", {"name": "", "members": 0}),
        "equipment": FakeTable(
            "equipment_id",
            {"name": "", "category": "other", "status": "working", "updated_at": NOW, **optional},
        ),
    }
