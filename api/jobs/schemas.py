from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from api.kit.schemas import Schema
from core.translation import t
from db.models import JobState
from db.queue.catalogue import CATALOGUE

_NAMES = [kind.name for kind in CATALOGUE]


def _check_name(name: str) -> str:
    if name not in _NAMES:
        raise ValueError(t("Use one of: {methods}.", methods=", ".join(_NAMES)))
    return name


JobName = Annotated[
    str, AfterValidator(_check_name), WithJsonSchema({"type": "string", "enum": _NAMES})
]


class JobProgress(Schema):
    """How far a job is. Counts of rows are those of bulk check-ins, and 0 for other jobs."""

    rows_read: int = Field(default=0, description="Rows of the file read so far")
    loaded: int = Field(default=0, description="New visits")
    duplicates: int = Field(default=0, description="Double taps of a visit")
    unchanged: int = Field(default=0, description="Rows that were stored already")
    errors: int = Field(default=0, description="Rows refused: see errors.csv")
    share: float = Field(default=0.0, ge=0, le=1, description="Of the whole work, 0 to 1")


class JobItem(Schema):
    """Long or scheduled work of the gym."""

    model_config = ConfigDict(
        from_attributes=True,
        json_schema_extra={
            "examples": [
                {
                    "job_id": 17,
                    "job": "check_ins",
                    "state": "running",
                    "due_at": "2026-01-15T10:00:00Z",
                    "created_at": "2026-01-15T10:00:00Z",
                    "started_at": "2026-01-15T10:00:01Z",
                    "finished_at": None,
                    "progress": {
                        "rows_read": 100000,
                        "loaded": 39214,
                        "duplicates": 761,
                        "unchanged": 0,
                        "errors": 25,
                        "share": 0.61,
                    },
                    "result": None,
                    "error": None,
                }
            ]
        },
    )

    job_id: int
    job: str = Field(description="What it does: " + ", ".join(_NAMES))
    state: JobState = Field(
        description="pending and queued: not begun, or to be continued; running; done; failed"
    )
    due_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    progress: JobProgress
    result: dict[str, Any] | None = Field(description="What came of it, once it is done")
    error: str | None = Field(description="Why it failed")
