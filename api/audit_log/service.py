"""Who changed what in a gym, when and from where."""

import csv
import io
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from tempfile import TemporaryFile
from typing import IO, Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from api.audit_log.repository import AuditFilter, AuditRepository, name_fields, name_noun
from api.audit_log.schemas import AuditChange, AuditChoices, AuditItem, AuditUser, Value
from api.kit.pagination import Page, PageRequest
from api.kit.principal import Principal
from core.clock import find_day_end
from core.importing.error_files import make_safe
from db.base import AnyRow
from db.models import AuditEntry, Gym

MOST_EXPORTED = 200_000
"""Entries of one file, the newest: who wants older ones asks for their days."""
_COLUMNS = ("at", "who", "address", "action", "what", "id", "member_id", "field", "old", "new")
_CHUNK = 64 * 1024


def to_filter(gym: Gym, *, since: date | None, until: date | None, **wanted: Any) -> AuditFilter:
    """`since` and `until` are days of the gym, both included."""
    return AuditFilter(
        since=None if since is None else find_day_end(since - timedelta(days=1), gym.timezone),
        until=None if until is None else find_day_end(until, gym.timezone),
        **wanted,
    )


def list_page(
    session: Session, caller: Principal, page: PageRequest, wanted: AuditFilter
) -> Page[AuditItem]:
    rows, total = AuditRepository(session, caller.gym_id).list_page(page, wanted)
    return Page[AuditItem].of([_to_item(row) for row in rows], total, page)


def list_choices(session: Session, caller: Principal) -> AuditChoices:
    log = AuditRepository(session, caller.gym_id)
    return AuditChoices(
        nouns=sorted(name_noun(table) for table in log.list_tables()),
        users=[AuditUser(user_id=user_id, name=name or "") for user_id, name in log.list_users()],
    )


def write_csv(session: Session, caller: Principal, wanted: AuditFilter) -> Iterator[bytes]:
    """The log as CSV, a line for each field that changed, newest first.

    Written to a temporary file before the first piece leaves: neither memory nor the connection is
    held for as long as somebody takes to read it.
    """
    with ExitStack() as stack:
        file = stack.enter_context(TemporaryFile())
        text = io.TextIOWrapper(file, "utf-8", newline="")
        _write(text, session, caller, wanted)
        text.detach()
        stack.pop_all()  # closed once it has been read
    return _read_in_pieces(file)


def _write(text: IO[str], session: Session, caller: Principal, wanted: AuditFilter) -> None:
    zone = ZoneInfo(caller.gym.timezone)
    text.write("\ufeff")  # without it Excel reads UTF-8 as something else
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(_COLUMNS)
    rows = AuditRepository(session, caller.gym_id).read_all(wanted, most=MOST_EXPORTED)
    for item in map(_to_item, rows):
        at = item.at.astimezone(zone).isoformat(timespec="seconds")
        about = (at, item.actor, item.address, item.action, item.noun, item.key, item.member_id)
        for cells in [_write_change(change) for change in item.changes] or [(None,) * 3]:
            writer.writerow([make_safe(cell) for cell in (*about, *cells)])


def _write_change(change: AuditChange) -> tuple[object, ...]:
    if change.is_hidden:
        return change.field, "(hidden)", "(hidden)"
    return change.field, change.old, change.new


def _read_in_pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        file.seek(0)
        while piece := file.read(_CHUNK):
            yield piece


def _to_item(row: AnyRow) -> AuditItem:
    entry: AuditEntry = row.AuditEntry
    return AuditItem(
        audit_id=entry.audit_id,
        at=entry.at,
        action=entry.action,
        noun=name_noun(entry.row_table),
        key=entry.row_key,
        member_id=entry.member_id,
        member_name=row.member_name,
        user_id=entry.user_id,
        actor=entry.actor,
        address=entry.address,
        request_id=entry.request_id,
        changes=_to_changes(entry),
    )


def _to_changes(entry: AuditEntry) -> list[AuditChange]:
    names = name_fields(entry.row_table)
    return [
        AuditChange(
            field=names.get(column, column),
            old=_to_value(kept[0]) if isinstance(kept, list) else None,
            new=_to_value(kept[1]) if isinstance(kept, list) else None,
            is_hidden=not isinstance(kept, list),
        )
        for column, kept in sorted(entry.changes.items())
    ]


def _to_value(kept: Any) -> Value:
    """What JSON keeps of a column of words, numbers or yes and no; anything else as its text."""
    if isinstance(kept, (dict, list)):
        return json.dumps(kept, ensure_ascii=False)
    value: Value = kept
    return value
