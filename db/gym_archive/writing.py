"""A gym's archive: a ZIP of one CSV and one file of JSON lines for each table, and a manifest with
the number of rows and the SHA-256 of each.

In the CSV files every value stands in quotes, and what is empty has none: so '' is a text.
"""

import csv
import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile

import psycopg2
from sqlalchemy import text
from sqlalchemy.orm import Session

from db.gym_archive.contents import ONLY_READ, REBUILT, SEALED, STAYS, Content, list_contents
from db.gym_archive.notes import Notes

FORMAT = 1
MANIFEST = "manifest.json"
# No text of JSON has these two: it writes them in another way.
_LINES = "(format csv, quote E'\\x01', delimiter E'\\x02')"
_TABLE = "(format csv, header, force_quote *)"

Entry = dict[str, Any]


class Sum:
    """A file of the archive while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._sha256 = hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes | str) -> int:
        data = data.encode() if isinstance(data, str) else data
        self._file.write(data)
        self._sha256.update(data)
        self.bytes += len(data)
        return len(data)

    def describe(self, name: str) -> Entry:
        return {"file": name, "bytes": self.bytes, "sha256": self._sha256.hexdigest()}


def write_archive(
    session: Session, gym_id: int, file: IO[bytes], *, notes: Notes, now: datetime
) -> Entry:
    """Write the archive and return its manifest. The session sees one moment of the database."""
    manifest: Entry = {"format": FORMAT, "gym_id": gym_id, "made_at": now.isoformat(), "tables": {}}
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for content in list_contents():
            write = _write_sealed if content.name in SEALED else _write_table
            manifest["tables"][content.name] = {
                "columns": list(content.columns),
                "is_brought_in": content.is_brought_in,
                **write(session, gym_id, archive, content, notes),
            }
        manifest["only_to_be_read"] = ONLY_READ
        manifest["left_out"] = STAYS | REBUILT
        archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
    return manifest


def _write_table(
    session: Session, gym_id: int, archive: ZipFile, content: Content, _notes: Notes
) -> Entry:
    columns = ", ".join(f'"{name}"' for name in content.columns)
    order = f'"{content.key}"' if content.key else columns
    rows = (
        f"select {columns} from {content.name}"
        f" where gym_id = {int(gym_id)} and ({content.condition}) order by {order}"
    )
    cursor = get_cursor(session)
    with cursor, _adding(archive, f"csv/{content.name}.csv") as (entry, file):
        cursor.copy_expert(f"copy ({rows}) to stdout {_TABLE}", file)
    found = {"rows": cursor.rowcount, "csv": entry}
    cursor = get_cursor(session)
    with cursor, _adding(archive, f"json/{content.name}.jsonl") as (entry, file):
        lines = f"select row_to_json(r)::text from ({rows}) r"
        cursor.copy_expert(f"copy ({lines}) to stdout {_LINES}", file)
    return found | {"json": entry}


def _write_sealed(
    session: Session, gym_id: int, archive: ZipFile, content: Content, notes: Notes
) -> Entry:
    """Opened, one at a time, and written nowhere else."""
    sealed, columns = SEALED[content.name], content.columns
    table, lines = io.StringIO(), io.StringIO()
    writer = csv.writer(table, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.write(",".join(columns) + "\n")
    written = unreadable = 0
    names = ", ".join(columns)
    query = text(f"select {names} from {content.name} where gym_id = :gym_id order by customer_id")
    for row in session.execute(query, {"gym_id": gym_id}).mappings():
        opened = notes.open(row[sealed], gym_id=gym_id, member_id=row["customer_id"])
        if opened is None:
            unreadable += 1
            continue
        plain = dict(row) | {sealed: opened}
        plain = {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in plain.items()
        }
        writer.writerow(plain.values())
        lines.write(json.dumps(plain, ensure_ascii=False) + "\n")
        written += 1
    found: Entry = {"rows": written, "unreadable": unreadable}
    for kind, ending, written_text in (("csv", "csv", table), ("json", "jsonl", lines)):
        with _adding(archive, f"{kind}/{content.name}.{ending}") as (entry, file):
            file.write(written_text.getvalue())
        found[kind] = entry
    return found


@contextmanager
def _adding(archive: ZipFile, name: str) -> Iterator[tuple[Entry, Sum]]:
    """A file of the archive; afterwards the entry says what it is."""
    entry: Entry = {}
    with archive.open(name, "w", force_zip64=True) as file:
        total = Sum(file)
        yield entry, total
    entry |= total.describe(name)


def get_cursor(session: Session) -> Any:
    """Of the driver, for COPY."""
    connection = session.connection().connection.driver_connection
    assert isinstance(connection, psycopg2.extensions.connection)
    return connection.cursor()
