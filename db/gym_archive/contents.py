"""What is in a gym's archive. Each table and each column that could hide a key is decided here: one
that is not raises `Undecided`, and a test with it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Column, Table
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from db.models import Base

STAYS = {
    "address_confirmations": "a link was opened here: the new gym confirms its addresses itself",
    "cache_versions": "of this database's cached responses",
    "idempotency_keys": "of requests that were made here",
    "invitations": "links that are good here only",
    "job_parts": "of jobs",
    "job_problems": "of jobs",
    "job_runs": "would be done again",
    "kiosks": "their keys are good here only: they are set up anew",
    "member_accounts": "members are invited anew: their addresses sign in here",
    "member_merges": "what was merged stays so; it is undone where it was done",
    "outbox": "would be sent again",
    "password_resets": "links that are good here only",
    "recovery_codes": "a secret",
    "refresh_tokens": "a secret",
    "second_factors": "a secret",
    "sessions": "a secret",
    "simulation_truth": "of demo gyms",
    "simulations": "of demo gyms",
    "used_door_codes": "codes are good for half a minute",
}
"""Tables that are in no archive, and why."""
ONLY_READ = {
    "attendance_reports": "made anew for any day that is asked for",
    "audit_log": "written by the database alone: a log that can be brought in proves nothing",
    "medical_note_reads": "the same",
    "users": "an address signs in at one gym of a platform: people are invited anew, and who is not"
    " there yet stays on what they did as a closed account",
}
"""Tables that are in it for people to read, and why they are not brought in."""
REBUILT = {
    "member_stats": "computed from visits, memberships and money",
    "member_words": "computed from names, addresses and numbers",
    "visit_hours": "computed from visits",
}
"""Tables that are in no archive, because they follow from what is."""
SECRET = {
    ("gyms", "hashed_password"),
    ("users", "hashed_password"),
    ("users", "token_version"),
    ("notifications", "unsubscribe_hash"),
}
OF_THE_NEW_GYM = {"username", "email", "is_demo", "suspended_at", "suspended_reason"}
"""Columns of `gyms` that an archive shows and that the new gym has for itself."""
BEGUN_WITH = {"locations"}
"""What a new gym has rows of: the archive's take their place."""
ONLY_ROWS = {"notifications": "campaign_id is not null"}
"""The others are about the gym's own people, with keys and links of theirs."""
SEALED = {"medical_notes": "sealed"}
"""Columns that open under this platform's secret only: see `Notes`."""
RENEWED = {
    "notifications": {
        "provider_id": "'<' || gen_random_uuid() || '@archive>'",
        "unsubscribe_hash": "encode(sha256(gen_random_uuid()::text::bytea), 'hex')",
        "dedupe_key": "'archive ' || t.dedupe_key",
        "state": "case t.state when 'queued' then 'skipped' else t.state end",
    }
}
"""What a brought in row has in place of what is unique in the database, made of old keys, or no
longer under way."""
NOT_KEYS = {
    ("audit_log", "customer_id"),
    ("audit_log", "user_id"),
    ("audit_log", "request_id"),
    ("notifications", "provider_id"),
    ("transactions", "external_id"),
}
"""Columns named like a key that are none, or are not brought in."""
WITHOUT_KEYS = {
    ("analytics_runs", "details"),
    ("attendance", "refused_for"),
    ("attendance_reports", "details"),
    ("audit_log", "changes"),
    ("campaigns", "skipped"),
    ("churn_models", "drift"),
    ("churn_models", "metrics"),
    ("churn_models", "weights"),
    ("churn_scores", "reasons"),
    ("import_problems", "row"),
    ("import_problems", "said"),
    ("imports", "mapping"),
    ("imports", "said"),
    ("notifications", "payload"),
    ("notifications", "said"),
    ("packages", "features"),
}
"""JSON and arrays in which no key of a row stands, or of a table that is not brought in."""
WITH_KEYS = {
    ("audiences", "filter"),
    ("campaigns", "audience"),
    ("membership_events", "details"),
}
"""JSON in which keys stand under their names, such as `plan_id`."""


class Undecided(Exception):
    """A table or column of which nobody has said what becomes of it when a gym leaves."""


@dataclass(frozen=True)
class Content:
    """A table as an archive has it."""

    name: str
    key: str | None
    """The column whose numbers are new in the new gym."""
    columns: tuple[str, ...]
    references: Mapping[str, str] = field(default_factory=dict)
    """The table that a column names a row of."""
    is_brought_in: bool = True

    @property
    def condition(self) -> str:
        return ONLY_ROWS.get(self.name, "true")

    @property
    def with_keys(self) -> list[str]:
        return [column for column in self.columns if (self.name, column) in WITH_KEYS]


@cache
def list_contents() -> tuple[Content, ...]:
    """In the order in which rows can be written. Raises `Undecided`."""
    return tuple(
        describe(table)
        for table in Base.metadata.sorted_tables
        if table.name not in STAYS.keys() | REBUILT.keys()
    )


def describe(table: Table) -> Content:
    """Raises `Undecided`."""
    keys = [column.name for column in table.primary_key if column.name != "gym_id"]
    key = keys[0] if len(keys) == 1 and len(table.primary_key) == 1 else None
    references = {
        element.parent.name: element.column.table.name
        for constraint in table.foreign_key_constraints
        for element in constraint.elements
        if element.parent.name != "gym_id"
    }
    columns = [
        column
        for column in table.columns
        if column.computed is None
        and (column.name != "gym_id" or table.name == "gyms")
        and (table.name, column.name) not in SECRET
    ]
    is_brought_in = table.name not in ONLY_READ
    for column in columns:
        _check(table, column, is_known_key=column.name in {*references, *keys, "gym_id"})
    for name, to in references.items():
        if is_brought_in and to in STAYS:
            raise Undecided(f"{table.name}.{name} names a row of {to}, which is in no archive")
    return Content(
        table.name, key, tuple(column.name for column in columns), references, is_brought_in
    )


def _check(table: Table, column: Column[object], *, is_known_key: bool) -> None:
    where = (table.name, column.name)
    if column.name.endswith("_hash"):
        raise Undecided(f"{'.'.join(where)} is of a secret: say so in db/gym_archive/contents.py")
    if isinstance(column.type, JSONB | ARRAY) and where not in WITHOUT_KEYS | WITH_KEYS:
        raise Undecided(f"{'.'.join(where)} may hold keys: say so in db/gym_archive/contents.py")
    if column.name.endswith("_id") and not is_known_key and where not in NOT_KEYS:
        raise Undecided(f"{'.'.join(where)} looks like a key and refers to nothing: say what it is")


@cache
def name_keys() -> dict[str, str]:
    """The tables that JSON may name rows of, by the names of their keys."""
    brought_in = {one.name for one in list_contents() if one.is_brought_in and one.key}
    found = {}
    for mapper in Base.registry.mappers:
        table = mapper.local_table
        if isinstance(table, Table) and table.name in brought_in:
            column = next(iter(table.primary_key))
            found[mapper.get_property_by_column(column).key] = table.name
    return found
