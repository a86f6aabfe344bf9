"""One import from first row to record: parse, load, count, remember what was refused."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from core.translation import Sentence, t
from db.audit import bringing_in
from db.loading.members import load_members
from db.loading.visits import Counts, load_visits
from db.models.gym import Gym
from db.models.member_import import Import, ImportProblem, ImportState
from db.planning import analyze_loaded

STORED_PROBLEMS = 10_000
STORED_CHARACTERS = 8_000_000
"""Refused rows kept with an import, and the size of them all; the others are counted."""

# The longest an import may take, and wait for rows that somebody else is changing.
_STATEMENT_TIMEOUT = "10min"
_LOCK_TIMEOUT = "10s"


class ImportSource(Protocol):
    """A file that was understood, such as `core.importing.ImportFile`."""

    filename: str
    columns: tuple[str, ...]
    mapping: dict[str, str]

    @property
    def kind(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def notes(self) -> list[Sentence]: ...

    def read_rows(self, refuse: Any) -> Iterator[Sequence[object]]: ...


class ImportRunning(Exception):
    """Another import of the same gym has not ended."""


@dataclass(frozen=True)
class LawfulBasis:
    """The owner's statement of why the members of a file may be mailed, and who stated it."""

    text: str
    stated_by: int


@dataclass
class LoadResult:
    record: Import
    notes: list[Sentence]
    problems: list[dict[str, Any]]


@dataclass
class _RejectedRows:
    count: int = 0
    size: int = 0
    kept: list[dict[str, Any]] = field(default_factory=list)

    def add(self, line: int, field: str | None, problem: Sentence, row: dict[str, str]) -> None:
        self.count += 1
        self.size += sum(map(len, row.values()))
        if len(self.kept) < STORED_PROBLEMS and self.size < STORED_CHARACTERS:
            self.kept.append(
                {
                    "line": line,
                    "field": field,
                    "problem": str(problem),
                    "said": problem,
                    "row": row,
                }
            )


def load_import(
    session: Session,
    gym: Gym,
    source: ImportSource,
    *,
    created_by: int,
    now: datetime,
    dry_run: bool = False,
    lawful_basis: LawfulBasis | None = None,
) -> LoadResult:
    """Load a file into the gym that the session is in; the caller commits or rolls back.

    Whoever calls asks for scores, too (`db.queue.scores`).
    A dry run does the very same and undoes it, so that its counts are what a real run would say.
    A file of which no row can be used changes nothing and is recorded as failed.
    """
    _take_turn(session, gym.gym_id)
    record = Import(
        gym_id=gym.gym_id,
        created_by=created_by,
        kind=str(source.kind),
        state=ImportState.CHECKED if dry_run else ImportState.DONE,
        filename=source.filename,
        sha256=source.sha256,
        mapping=dict(source.mapping),
    )
    session.add(record)
    session.flush()
    refused = _RejectedRows()
    undo = session.begin_nested()
    bringing_in(session, record.import_id)
    counts = _load(session, gym, source, record, refused, now, lawful_basis is not None)
    bringing_in(session, None)
    is_useless = counts.rows == 0
    if dry_run or is_useless:
        undo.rollback()
    else:
        undo.commit()
    record.rows = counts.rows + refused.count
    record.loaded = counts.loaded
    record.duplicates = counts.duplicates
    record.unchanged = counts.unchanged
    record.error_count = refused.count
    if is_useless:
        record.state = ImportState.FAILED
        record.said = (
            t("No row of the file could be used: see the refused rows.")
            if refused.count
            else t("The file has a header and no rows.")
        )
        record.problem = str(record.said)
    elif lawful_basis and not dry_run:
        record.lawful_basis = lawful_basis.text
        record.lawful_basis_by = lawful_basis.stated_by
        record.lawful_basis_at = now
    session.flush()
    _store_problems(session, record, refused)
    analyze_loaded(session, 0 if dry_run else counts.loaded)
    return LoadResult(record, [*source.notes, *counts.notes], refused.kept)


def _take_turn(session: Session, gym_id: int) -> None:
    """One import of a gym at a time: two could each miss the members the other is making.

    The second fails at once: waiting, it would occupy a connection.
    """
    session.execute(text(f"set local statement_timeout = '{_STATEMENT_TIMEOUT}'"))
    session.execute(text(f"set local lock_timeout = '{_LOCK_TIMEOUT}'"))
    is_mine = session.scalar(
        text("select pg_try_advisory_xact_lock(hashtextextended('import ' || :gym_id, 0))"),
        {"gym_id": str(gym_id)},
    )
    if not is_mine:
        raise ImportRunning


def _load(
    session: Session,
    gym: Gym,
    source: ImportSource,
    record: Import,
    refused: _RejectedRows,
    now: datetime,
    has_basis: bool,
) -> Counts:
    rows = source.read_rows(refused.add)
    if source.kind == "visits":
        return load_visits(session, gym, record.import_id, rows, now=now)
    return load_members(
        session,
        gym,
        record.import_id,
        rows,
        filename=source.filename,
        has_basis=has_basis,
        now=now,
    )


def _store_problems(session: Session, record: Import, refused: _RejectedRows) -> None:
    place = {"gym_id": record.gym_id, "import_id": record.import_id}
    if refused.kept:
        session.execute(insert(ImportProblem), [place | problem for problem in refused.kept])
