from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from core.importing.rows import Kind
from core.translation import Sentence
from db.base import Base, GymOwned
from db.types import KeptSentence


class ImportState(StrEnum):
    CHECKED = "checked"
    """A dry run: nothing was written."""
    DONE = "done"
    FAILED = "failed"
    """Nothing was written."""


class Import(GymOwned, Base):
    """A file that a gym brought in, what was understood, and what was done."""

    __tablename__ = "imports"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "import_id"),
        ForeignKeyConstraint(["gym_id", "created_by"], ["users.gym_id", "users.user_id"]),
        Index("ix_imports_gym_id_created_at", "gym_id", "created_at"),
        {"comment": "Files brought in"},
    )

    import_id: Mapped[int] = mapped_column(primary_key=True)
    created_by: Mapped[int] = mapped_column(comment="Who brought the file")
    kind: Mapped[Kind] = mapped_column(comment="What the file lists")
    state: Mapped[ImportState] = mapped_column(
        comment="What was done; nothing was written unless done"
    )
    filename: Mapped[str] = mapped_column(comment="As the user named it")
    sha256: Mapped[str] = mapped_column(comment="Of the file's bytes, hex")
    mapping: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="Our field to their column")
    rows: Mapped[int] = mapped_column(server_default="0", comment="Data rows read")
    loaded: Mapped[int] = mapped_column(server_default="0", comment="Rows that changed something")
    duplicates: Mapped[int] = mapped_column(server_default="0", comment="Double taps left out")
    unchanged: Mapped[int] = mapped_column(server_default="0", comment="Rows known already")
    error_count: Mapped[int] = mapped_column(server_default="0", comment="Rows refused")
    problem: Mapped[str | None] = mapped_column(comment="Why the whole file was refused")
    said: Mapped[Sentence | None] = mapped_column(
        KeptSentence, comment="The problem, for a reader of any language"
    )
    lawful_basis: Mapped[str | None] = mapped_column(
        comment="The owner's statement of why these members may be mailed"
    )
    lawful_basis_by: Mapped[int | None] = mapped_column(comment="The user who stated it")
    lawful_basis_at: Mapped[datetime | None] = mapped_column(comment="When it was stated")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")


class ImportProblem(GymOwned, Base):
    """A row that was refused, and why."""

    __tablename__ = "import_problems"
    topic = None
    unaudited = "of an import"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "import_id"], ["imports.gym_id", "imports.import_id"], ondelete="CASCADE"
        ),
        Index("ix_import_problems_gym_id_import_id_line", "gym_id", "import_id", "line"),
        {"comment": "Refused rows of an import"},
    )

    import_problem_id: Mapped[int] = mapped_column(primary_key=True)
    import_id: Mapped[int] = mapped_column(comment="Of which import")
    line: Mapped[int] = mapped_column(comment="Line in the file, the header is 1")
    field: Mapped[str | None] = mapped_column(comment="Which field is wrong")
    problem: Mapped[str] = mapped_column(comment="What is wrong and what to do")
    said: Mapped[Sentence | None] = mapped_column(
        KeptSentence, comment="The problem, for a reader of any language"
    )
    row: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="The row as read")
