"""Files brought in, and the jobs that they and other long work become."""

from typing import Any, TypedDict


class RowCounts(TypedDict):
    loaded: int
    duplicates: int
    unchanged: int
    errors: int


class ImportItem(RowCounts):
    import_id: int
    kind: str
    state: str
    filename: str
    mapping: dict[str, str]
    rows: int
    dry_run: bool
    problem: str | None


class Import(ImportItem):
    """What became of one file, with what was understood of it."""

    sample_errors: list[dict[str, Any]]
    columns: list[str]
    guess: dict[str, str]
    date_order: str
    notes: list[str]


class JobProgress(RowCounts):
    rows_read: int
    share: float


class Job(TypedDict):
    job_id: int
    job: str
    state: str
    progress: JobProgress
    result: dict[str, Any] | None
    error: str | None
