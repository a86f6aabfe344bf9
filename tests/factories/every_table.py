"""One row in each table, made from the tables' own description: a new table is covered unasked."""

import uuid
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql

from core.text import fold
from db.addresses import key_of_address
from db.member_facts import write_freely
from db.models import Base

# Values that a check constraint asks for. A new table with one of its own needs a line here.
CHOSEN: dict[tuple[str, str], Any] = {
    ("gyms", "currency"): "EUR",
    ("gyms", "brand_colour"): "#0f766e",
    ("gyms", "timezone"): "UTC",
    ("customers", "phone_e164"): "+351912345678",
    ("files", "kind"): "member_document",
    ("files", "content_type"): "application/pdf",
    ("users", "role"): "admin",
    ("invitations", "role"): "member",
    ("payments", "currency"): "EUR",
    ("transactions", "currency"): "EUR",
    ("notifications", "payload"): {"subject": "Hi", "body": "Come"},
    ("churn_scores", "probability"): 0.5,
    ("audiences", "filter"): {},
    ("household_members", "is_payer"): True,
    ("membership_freezes", "ends_on"): date(2026, 11, 18),
    ("promotions", "percent_off"): 10,
    ("price_rules", "percent_off"): 10,
    ("price_rules", "max_age"): 25,
    ("opening_hours", "closes"): 1440,
    ("plan_hours", "closes"): 1440,
    ("attendance", "refused_for"): ["frozen"],
}
# Empty although it could be filled: a row may be its own reference's only candidate, and a gym is
# not suspended.
LEFT_EMPTY = {
    ("gyms", "suspended_reason"),
    ("transactions", "reverses_id"),
    ("users", "username"),
    ("users", "username_key"),
}

Row = dict[str, Any]


def fill_every_table(connection: Connection, mark: str) -> dict[str, Row]:
    """A gym whose every text contains `mark`, with one row in each table, by table name."""
    write_freely(connection)
    rows: dict[str, Row] = {}
    for table in Base.metadata.sorted_tables:
        values = row_values(table, rows, mark)
        made = connection.execute(table.insert().values(values).returning(*table.c)).one()
        rows[table.name] = dict(made._mapping)
    return rows


def row_values(table: Table, rows: dict[str, Row], mark: str) -> Row:
    """What a new row of `table` needs, referring to `rows`."""
    referred = _references(table, rows)
    return {
        column.name: _value(table, column, referred, mark)
        for column in table.columns
        if _is_needed(table, column, referred)
    }


def _references(table: Table, rows: dict[str, Row]) -> Row:
    gym = {"gym_id": rows["gyms"]["gym_id"]} if "gyms" in rows else {}
    return gym | {
        element.parent.name: rows[element.column.table.name][element.column.name]
        for key in table.foreign_key_constraints
        for element in key.elements
        if element.column.table.name in rows and element.column.table is not table
    }


def _is_needed(table: Table, column: sa.Column[Any], referred: Row) -> bool:
    if (table.name, column.name) in LEFT_EMPTY or column.computed is not None:
        return False
    if column.name in referred or (table.name, column.name) in CHOSEN:
        return True
    if column.primary_key and column.autoincrement is not False and _is_integer(column):
        return len(table.primary_key.columns) > 1
    return column.server_default is None and (
        not column.nullable or isinstance(column.type, sa.String)
    )


def _is_integer(column: sa.Column[Any]) -> bool:
    return isinstance(column.type, sa.Integer)


def _value(table: Table, column: sa.Column[Any], referred: Row, mark: str) -> Any:
    if (table.name, column.name) in CHOSEN:
        return CHOSEN[table.name, column.name]
    if column.name in referred:
        return referred[column.name]
    kind = column.type
    if isinstance(kind, postgresql.BIT):
        return "0" * (kind.length or 1)
    if isinstance(kind, postgresql.ARRAY):
        return []
    if isinstance(kind, postgresql.JSONB):
        return {"mark": mark}
    if isinstance(kind, (sa.Uuid, postgresql.UUID)):
        return uuid.uuid4()
    if isinstance(kind, sa.LargeBinary):
        return mark.encode()
    if isinstance(kind, sa.Boolean):
        return False
    if isinstance(kind, sa.Integer):
        return 1
    if isinstance(kind, (sa.Numeric, sa.Float)):
        return Decimal(1)
    if isinstance(kind, sa.DateTime):
        return datetime(2026, 11, 18, 12, tzinfo=UTC)
    if isinstance(kind, sa.Date):
        return date(2026, 11, 18)
    if isinstance(kind, sa.Enum):
        return kind.enums[0]
    if isinstance(kind, sa.String):
        kept_of = table.columns.get(column.name.removesuffix("_key"))
        if kept_of is not None and kept_of is not column:
            make_key = key_of_address if kept_of.name == "email" else fold
            return make_key(_value(table, kept_of, referred, mark))
        if column.name == "email" or column.name == "to":
            return f"{table.name}-{mark}@example.com".replace("_", "-")
        return f"{column.name} {mark}"[: kind.length or 10_000]
    raise NotImplementedError(f"a value for {table.name}.{column.name}, a {kind!r}")
