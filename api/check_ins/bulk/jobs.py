"""The job behind bulk check-ins: read the file in steps, then store its visits part by part.

Each step is one transaction with its progress in it. Storing takes two steps at a time, of members
they do not share. A worker that is killed loses the steps it is in, and another goes on from there.
"""

from collections.abc import Generator, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any, Final, NamedTuple

from sqlalchemy import insert, select, text

from api.check_ins.bulk.files import BulkFile, Record
from api.check_ins.bulk.problems import WIDTH, explain
from api.kit.settings import Settings
from core.importing.problems import FileProblem
from core.text import compose
from core.translation import t
from db.loading.bulk import Refusal, find_parts, is_plain, keep_rows, store_part
from db.loading.imports import STORED_CHARACTERS, STORED_PROBLEMS
from db.models import Gym, JobProblem
from db.planning import analyze_loaded
from db.queue.jobs import AGAIN, ClaimedJob, JobRefused
from db.session import GymSession

READ_ROWS = 20_000
READ_BYTES = 4 * 1024 * 1024
"""Rows are read together until they are that many, or that long: a cell takes up to thirty times
its room in the file, and while some are checked the next are read."""
_BATCH_ROWS = 16
STORE_ROWS = 10_000
"""Rows stored at once, about: their members' single check-ins wait meanwhile, for a second."""
STORE_THREADS = 2
"""Parts, each by a connection of its own: the worker's pool has one more, for the lease."""
READING_SHARE = 0.35
"""How much of the whole work reading is, for the progress shown."""
_MAX_CELL_LENGTH = 1000
# A step that hangs must end well before the task does. Its tables live for a second: a small sample
# of them is enough, and compiling statements for them never pays.
_LIMITS: Final = (
    "set local statement_timeout = '30s'",
    "set local lock_timeout = '20s'",
    "set local default_statistics_target = 10",
    "set local jit = off",
)


@dataclass
class Progress:
    """What is kept in the job's row: counts for people, and where to go on."""

    rows_read: int = 0
    loaded: int = 0
    duplicates: int = 0
    unchanged: int = 0
    errors: int = 0
    share: float = 0.0
    step: int = 0
    parts: int = 0
    is_read: bool = False
    stored_parts: int = 0
    stored_problems: int = 0
    stored_characters: int = 0
    columns: list[str] = field(default_factory=list)

    def count(self) -> dict[str, int]:
        return {
            name: getattr(self, name)
            for name in ("rows_read", "loaded", "duplicates", "unchanged", "errors")
        }


class _Chunk(NamedTuple):
    """Rows that are checked together, and about how much of the file is read by then."""

    rows: list[Record]
    share_read: float
    is_last: bool


def load_check_ins(job: ClaimedJob, *, settings: Settings) -> Mapping[str, Any]:
    """Does the job `check_ins`."""
    return BulkCheckIns(settings.upload_dir)(job)


@dataclass(frozen=True)
class BulkCheckIns:
    """`folder` is where the API put the files."""

    folder: Path
    read_rows: int = READ_ROWS
    store_rows: int = STORE_ROWS

    def __call__(self, job: ClaimedJob) -> Mapping[str, Any]:
        path = self.folder / Path(job.arguments["file"]).name
        progress = Progress(**job.progress)
        try:
            if not progress.is_read and not self._read(job, path, progress):
                return AGAIN
        except FileProblem as problem:
            path.unlink(missing_ok=True)
            raise JobRefused(problem.text) from problem
        if not self._store(job):
            return AGAIN
        path.unlink(missing_ok=True)
        return Progress(**job.progress).count()

    def _read(self, job: ClaimedJob, path: Path, progress: Progress) -> bool:
        """Read on from the saved progress; True once the whole file is read."""
        try:
            file = path.open("rb")
        except FileNotFoundError:
            raise FileProblem(
                "file_gone", t("The file is no longer on the server. Send it again.")
            ) from None
        with file:
            source = BulkFile(file)
            progress.columns = list(source.columns)
            with (
                closing(source.read()) as rows,
                closing(_read_ahead(self._take_chunks(source, rows, progress.rows_read))) as chunks,
            ):
                for chunk in chunks:
                    self._keep(job, source, chunk, progress)
                    if not chunk.is_last and job.is_out_of_time():
                        return False
        return True

    def _take_chunks(
        self, source: BulkFile, rows: Iterator[Record], rows_read: int
    ) -> Iterator[_Chunk]:
        """The rows that are not read yet. Raises `FileProblem` if there never were any."""
        records = islice(rows, rows_read, None)
        rest = next(records, None)
        if rest is None and rows_read == 0:
            raise FileProblem("no_rows", t("The file has a header and no rows."))
        while rest is not None:
            taken, end = [rest], source.position + READ_BYTES
            while len(taken) < self.read_rows and source.position < end:
                more = list(islice(records, min(_BATCH_ROWS, self.read_rows - len(taken))))
                if not more:
                    break
                taken += more
            rest = next(records, None)
            is_last = rest is None
            yield _Chunk(taken, 1.0 if is_last else source.share_read, is_last)

    def _keep(self, job: ClaimedJob, source: BulkFile, chunk: _Chunk, progress: Progress) -> None:
        """One step of reading."""
        if not progress.parts:
            total = len(chunk.rows) / max(chunk.share_read, 1e-6)
            progress.parts = max(1, ceil(total / self.store_rows))
        pick, width = source.pick, len(source.columns)
        rows = [
            (line, *(pick(cells) if "".join(cells).isascii() else map(_compose, pick(cells))))
            for line, cells in chunk.rows
            if len(cells) == width or source.fits(cells)
        ]
        texts = (
            dict(zip(source.fields, list(zip(*rows, strict=True))[1:], strict=True)) if rows else {}
        )
        plain = frozenset(
            field for field in ("check_in", "check_out") if is_plain(texts.get(field, ()))
        )
        with _step(job) as session:
            refused = keep_rows(
                session,
                job.gym_id,
                job.job_id,
                _read_timezone(session, job.gym_id),
                rows,
                fields=source.fields,
                plain=plain,
                step=progress.step,
                parts=progress.parts,
                now=job.now,
            )
            misfits = [
                Refusal(line, WIDTH)
                for line, cells in chunk.rows
                if len(cells) != width and not source.fits(cells)
            ]
            _note(session, job, source, chunk.rows, [*refused, *misfits], progress)
            progress.rows_read += len(chunk.rows)
            progress.step += 1
            progress.is_read = chunk.is_last
            progress.share = READING_SHARE * chunk.share_read
            job.save_progress(session, asdict(progress))

    def _store(self, job: ClaimedJob) -> bool:
        """Store the parts that are left; True once all of them are stored."""
        with job.session() as session:
            left = find_parts(session, job.gym_id, job.job_id)
        with ThreadPoolExecutor(STORE_THREADS) as threads:
            while left:
                now, left = left[:STORE_THREADS], left[STORE_THREADS:]
                list(threads.map(partial(_store_part, job), now))
                if left and job.is_out_of_time():
                    return False
        with _step(job) as session:
            analyze_loaded(session, job.progress["loaded"])
        return True


def _store_part(job: ClaimedJob, part: int) -> None:
    """One step of storing: all rows of some members."""
    with _step(job) as session:
        gym = session.scalars(select(Gym).where(Gym.gym_id == job.gym_id)).one()
        stored = store_part(session, gym, job.job_id, part, now=job.now)
        progress = Progress(**job.lock_progress(session))
        progress.loaded += stored.loaded
        progress.unchanged += stored.unchanged
        progress.duplicates += stored.rows - stored.loaded - stored.unchanged
        progress.stored_parts += 1
        done = progress.stored_parts / progress.parts
        progress.share = READING_SHARE + (1 - READING_SHARE) * done
        job.save_progress(session, asdict(progress))


def _compose(cell: str) -> str:
    """The cell as the numbers of members are stored, unless it is none of theirs anyway."""
    with suppress(ValueError):
        return compose(cell) if len(cell) <= _MAX_CELL_LENGTH else cell
    return cell


def _read_ahead(chunks: Iterator[_Chunk]) -> Generator[_Chunk, None, None]:
    """The same chunks. While the database checks one, a thread reads the next."""
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, chunks, None)
        while (chunk := coming.result()) is not None:
            coming = thread.submit(next, chunks, None)
            yield chunk


@contextmanager
def _step(job: ClaimedJob) -> Iterator[GymSession]:
    with job.session() as session:
        for limit in _LIMITS:
            session.execute(text(limit))
        yield session


def _read_timezone(session: GymSession, gym_id: int) -> str:
    return session.execute(select(Gym.timezone).where(Gym.gym_id == gym_id)).scalar_one()


def _note(
    session: GymSession,
    job: ClaimedJob,
    source: BulkFile,
    chunk: list[Record],
    refused: list[Refusal],
    progress: Progress,
) -> None:
    """Count the refused rows, and write down as many of them as there is room for."""
    progress.errors += len(refused)
    problems = dict(sorted(refused))
    kept: list[dict[str, Any]] = []
    place = {"gym_id": job.gym_id, "job_id": job.job_id}
    for line, cells in chunk if problems else ():
        if line not in problems or progress.stored_problems >= STORED_PROBLEMS:
            continue
        row = {
            column: cell[:_MAX_CELL_LENGTH]
            for column, cell in zip(source.columns, cells, strict=False)
        }
        progress.stored_characters += sum(map(len, row.values()))
        if progress.stored_characters > STORED_CHARACTERS:
            break
        progress.stored_problems += 1
        field_, words = explain(problems[line], cells, source)
        kept.append(
            {
                **place,
                "line": line,
                "field": field_,
                "problem": str(words),
                "said": words,
                "row": row,
            }
        )
    if kept:
        session.execute(insert(JobProblem), kept)
