from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.translation import Sentence
from db.base import Base, GymOwned
from db.types import KeptSentence


class JobState(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Job(GymOwned, Base):
    """A piece of work that takes long or is due at a time. The row is the truth, on every broker.

    `key` makes it happen once: a second job of the same gym, name and key is not made.
    """

    __tablename__ = "job_runs"
    topic = None
    unaudited = "each row says itself who asked for it, and what became of it"
    __table_args__ = (
        UniqueConstraint("gym_id", "job", "key"),
        UniqueConstraint("gym_id", "job_run_id"),
        ForeignKeyConstraint(["gym_id", "created_by"], ["users.gym_id", "users.user_id"]),
        Index(
            "ix_job_runs_due",
            "gym_id",
            "next_at",
            postgresql_where=text("state IN ('pending','queued','running')"),
        ),
        Index("ix_job_runs_gym_id_created_at", "gym_id", "created_at"),
        {"comment": "Long and scheduled work; claimed with a lease, done once"},
    )

    job_id: Mapped[int] = mapped_column("job_run_id", primary_key=True)
    name: Mapped[str] = mapped_column("job", comment="What to do")
    key: Mapped[str] = mapped_column(comment="Once per gym, job and key, such as the due day")
    due_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When it was to be done"
    )
    state: Mapped[JobState] = mapped_column(
        server_default=JobState.PENDING, comment="How far it is"
    )
    next_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"),
        comment="Not handed to a worker before; the lease's end while running",
    )
    lease: Mapped[UUID | None] = mapped_column(comment="Who is at it now")
    attempts: Mapped[int] = mapped_column(server_default="0", comment="Times claimed")
    deadline_at: Mapped[datetime | None] = mapped_column(comment="Failed if it is not done by then")
    arguments: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="What to do it with"
    )
    progress: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="How far it is, and where to go on"
    )
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB, comment="What came of it")
    error: Mapped[str | None] = mapped_column(comment="Why it failed or is tried again")
    said: Mapped[Sentence | None] = mapped_column(
        KeptSentence, comment="Why it failed, for a reader of any language"
    )
    created_by: Mapped[int | None] = mapped_column(comment="Who asked; empty for the schedule")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")
    started_at: Mapped[datetime | None] = mapped_column(comment="When it was first begun")
    finished_at: Mapped[datetime | None] = mapped_column(comment="When it ended")


class JobProblem(GymOwned, Base):
    """A row of a job's file that was refused, and why."""

    __tablename__ = "job_problems"
    topic = None
    unaudited = "of a job"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "job_run_id"], ["job_runs.gym_id", "job_runs.job_run_id"], ondelete="CASCADE"
        ),
        Index("ix_job_problems_gym_id_job_run_id_line", "gym_id", "job_run_id", "line"),
        {"comment": "Refused rows of bulk check-ins"},
    )

    job_problem_id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column("job_run_id", comment="Of which job")
    line: Mapped[int] = mapped_column(comment="Line in the file, the header is 1")
    field: Mapped[str | None] = mapped_column(comment="Which field is wrong")
    problem: Mapped[str] = mapped_column(comment="What is wrong and what to do")
    said: Mapped[Sentence | None] = mapped_column(
        KeptSentence, comment="The problem, for a reader of any language"
    )
    row: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="The row as read")


class JobPart(GymOwned, Base):
    """Rows of a job's file that were read and found good, and wait to be stored.

    Rows of one member are in one part, whatever their order in the file: a part is stored at once.
    A part is kept as arrays, since checking keys row by row would cost as much as storing visits.
    """

    __tablename__ = "job_parts"
    topic = None
    unaudited = "of a job"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "job_run_id"], ["job_runs.gym_id", "job_runs.job_run_id"], ondelete="CASCADE"
        ),
        {"comment": "Good rows of bulk check-ins on their way; empty when no job runs"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    job_id: Mapped[int] = mapped_column("job_run_id", primary_key=True, comment="Of which job")
    part: Mapped[int] = mapped_column(primary_key=True, comment="Which members: by their key")
    step: Mapped[int] = mapped_column(primary_key=True, comment="Which step of reading made it")
    lines: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="Lines in the file")
    member_ids: Mapped[list[int]] = mapped_column(
        "customer_ids", ARRAY(BigInteger), comment="Who came, for each line"
    )
    check_ins: Mapped[list[datetime]] = mapped_column(
        ARRAY(DateTime(timezone=True)), comment="Entry, for each line"
    )
    check_outs: Mapped[list[datetime | None]] = mapped_column(
        ARRAY(DateTime(timezone=True)), comment="Exit, for each line"
    )
    methods: Mapped[list[str]] = mapped_column(ARRAY(Text), comment="Label, for each line")
