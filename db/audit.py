"""The audit log: who changed what, kept by triggers, so that no way of writing is missed.

Every table is in it whose model does not say why not (`unaudited`). What a role that sees every gym
does is kept where it names who does it (`db.actor`): seeding and computing scores do not. While a
file is brought in nothing is kept row by row: the import itself is one entry, and rows name it.
"""

import json
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

from db.base import Base
from db.models.audit_entry import AuditAction
from db.row_level_security import HIDDEN_FROM_ANALYST

_ALWAYS_LEFT_OUT = {"gym_id", "created_at", "updated_at"}
_IS_KEPT = (
    "(current_user = 'comeback_app' or current_setting('app.actor', true) <> '')"
    " and coalesce(current_setting('app.import_id', true), '') = ''"
)
_BY_REQUEST = " and current_setting('app.request_id', true) <> ''"


def apply_audit(connection: Connection) -> None:
    """Let every table keep its changes, unless its model says why not. Runs as the migrator."""
    run = connection.exec_driver_sql
    for mapper in Base.registry.mappers:
        table = mapper.class_.__tablename__
        run(f"drop trigger if exists keep_audit on {table}")
        if mapper.class_.unaudited is None:
            run(describe_trigger(mapper.class_))


def describe_trigger(model: type[Base]) -> str:
    """The statement that makes the model's trigger."""
    table = Base.metadata.tables[model.__tablename__]
    keys = [column.name for column in table.primary_key if column.name != "gym_id"] or ["gym_id"]
    left_out = {
        column.name
        for column in table.columns
        if column.primary_key or column.computed is not None or column.name.endswith("_key")
    }
    left_out |= _ALWAYS_LEFT_OUT | model.unaudited_columns
    hidden = HIDDEN_FROM_ANALYST.get(table.name, set())
    arguments = ", ".join(
        f"'{','.join(names)}'" for names in (keys, sorted(left_out), sorted(hidden))
    )
    events = "update or delete" if model.audits_requests_only else "insert or update or delete"
    condition = _IS_KEPT + (_BY_REQUEST if model.audits_requests_only else "")
    return (
        f"create trigger keep_audit after {events} on {table.name} for each row"
        f" when ({condition}) execute function keep_audit({arguments})"
    )


def bringing_in(session: Session, import_id: int | None) -> None:
    """From here on rows belong to the import, which is the entry; None ends it."""
    value = "" if import_id is None else str(import_id)
    session.execute(text("select set_config('app.import_id', :value, true)"), {"value": value})


def note(
    session: Session,
    action: AuditAction,
    model: type[Base],
    key: object,
    *,
    member_id: int | None = None,
    about: Mapping[str, Any] | None = None,
) -> None:
    """Add what is no change of a row: a sign-in, an export, that somebody read what is guarded.

    `about` is kept as the changes of a row are: columns with [old, new], or null for that alone.
    """
    session.execute(
        text("select note_audit(:action, :table, :key, :member_id, cast(:about as jsonb))"),
        {
            "action": action,
            "table": model.__tablename__,
            "key": str(key),
            "member_id": member_id,
            "about": json.dumps(dict(about or {})),
        },
    )
