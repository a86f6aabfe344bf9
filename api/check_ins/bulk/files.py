"""Files of bulk check-ins: where they wait, how they are written, how they are read."""

import csv
import io
import os
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime
from operator import itemgetter
from pathlib import Path
from typing import Any, BinaryIO
from uuid import uuid4

from core.importing.headers import guess_mapping, name_columns
from core.importing.problems import FileProblem
from core.importing.sniffing import read_records, sniff
from core.translation import t
from db.loading.bulk import FIELDS

HEAD = 1 << 20
"""As much of a file is looked at before it is accepted."""
MAX_COLUMNS = 500
MEMBER_ID = "member_id"
_PREFIX = "check-ins"

Record = tuple[int, list[str]]


def name_file(gym_id: int) -> str:
    """A name of our own: nothing that a client sends becomes part of a path."""
    return f"{_PREFIX}-{gym_id}-{uuid4().hex}.csv"


def find_files(folder: Path, gym_id: int) -> Iterator[Path]:
    """The gym's files, also those of uploads that broke off."""
    return folder.glob(f"{_PREFIX}-{gym_id}-*")


def open_new(folder: Path, name: str) -> io.BufferedRandom:
    """A new file that only this user of the machine may read."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return open(os.open(folder / name, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600), "w+b")


def keep(file: BinaryIO, folder: Path) -> None:
    """Make sure that the file outlives a crash of the machine, before a job names it."""
    file.flush()
    os.fsync(file.fileno())
    directory = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)


def write_rows(file: BinaryIO, rows: Iterable[Sequence[Any]]) -> None:
    """Rows of (member_id, number, check_in, check_out, method) as such a file."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    writer = csv.writer(text)
    writer.writerow(["member_id", "number", "check_in", "check_out", "method"])
    for member_id, number, check_in, check_out, method in rows:
        writer.writerow([member_id, number, _write(check_in), _write(check_out), method])
    text.flush()
    text.detach()


def _write(moment: datetime | None) -> str:
    if moment is None:
        return ""
    with suppress(OverflowError):  # at the ends of the calendar; refused as any wrong date
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"
    return moment.isoformat()


class BulkFile:
    """A file understood before any of its rows is used. Raises `FileProblem` when it cannot be."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._format = sniff(file)
        with closing(self._read()) as records:
            header = next(records, None)
        if header is None:
            raise FileProblem("empty_file", t("The file is empty."))
        if len(header[1]) > MAX_COLUMNS:
            raise FileProblem(
                "not_a_table",
                t("The file has more than {most_columns} columns.", most_columns=MAX_COLUMNS),
            )
        self.columns = name_columns(header[1])
        mapping = _map(self.columns)
        self.fields = tuple(mapping)
        self._pick = itemgetter(*(self.columns.index(column) for column in mapping.values()))

    @property
    def delimiter(self) -> str:
        return self._format.delimiter

    @property
    def pick(self) -> Callable[[list[str]], tuple[str, ...]]:
        """The cells of `fields`, in their order, out of a record."""
        return self._pick

    @property
    def position(self) -> int:
        """How many bytes are read, about."""
        return self._file.tell()

    @property
    def share_read(self) -> float:
        return min(self.position / max(self._format.size, 1), 1.0)

    def read(self) -> Generator[Record, None, None]:
        """Line and cells of each row under the header; blank lines are left out.

        Close it before the file.
        """
        records = self._read()
        next(records)
        return records

    def _read(self) -> Generator[Record, None, None]:
        yield from read_records(self._file, self._format)

    def fits(self, cells: list[str]) -> bool:
        """Whether the row has as many cells as the header, or only empty ones beyond."""
        width = len(self.columns)
        return len(cells) == width or (len(cells) > width and not any(cells[width:]))


def check_head(head: bytes) -> None:
    """Refuse at once what no worker could read, from the first `HEAD` bytes of a file."""
    if len(head) >= HEAD:
        end = max(head.rfind(b"\n"), head.rfind(b"\r")) + 1
        if b"\x00" in head[:100]:  # UTF-16, where a line break is two bytes
            end += end % 2
        head = head[:end] or head
    BulkFile(io.BytesIO(head))


def _map(columns: tuple[str, ...]) -> dict[str, str]:
    """Our field to their column. Only a column named exactly `member_id` holds our own ids: a
    gym's "Member ID" is its own number, as in an import."""
    ids = [column for column in columns if column.strip().lower() == MEMBER_ID]
    mapping = {MEMBER_ID: ids[0]} if ids else {}
    others = [column for column in columns if column not in ids]
    mapping |= {
        field: column
        for field, column in guess_mapping("visits", others).items()
        if field in FIELDS
    }
    missing = None
    if MEMBER_ID not in mapping and "number" not in mapping:
        missing = "the member (member_id, or the gym's own number)"
    elif "check_in" not in mapping and "date" not in mapping:
        missing = "the time of the visit (check_in)"
    if missing:
        raise FileProblem(
            "no_matching_column",
            t(
                "No column was recognised as {missing}. The first line must name the"
                " columns: member_id or number, check_in, and if you like check_out and"
                " method.",
                missing=missing,
            ),
            columns,
        )
    return mapping
