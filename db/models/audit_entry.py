from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class AuditAction(StrEnum):
    """The first three are what became of a row; the others are noted by `note_audit`."""

    CREATED = "created"
    CHANGED = "changed"
    DELETED = "deleted"
    SIGNED_IN = "signed_in"
    READ = "read"
    EXPORTED = "exported"
    ERASED = "erased"


class AuditEntry(GymOwned, Base):
    """Who did what. Written by the database's own functions; the app reads its gym's entries."""

    __tablename__ = "audit_log"
    topic = None
    unaudited = "it is the log"
    __table_args__ = (
        Index("ix_audit_log_gym_id_audit_id", "gym_id", "audit_id"),
        Index("ix_audit_log_gym_id_row_table_row_key", "gym_id", "row_table", "row_key"),
        Index(
            "ix_audit_log_gym_id_customer_id",
            "gym_id",
            "customer_id",
            "audit_id",
            postgresql_where=text("customer_id IS NOT NULL"),
        ),
        {"comment": "Who changed what, when and from where; nobody but the database writes it"},
    )

    audit_id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")
    action: Mapped[AuditAction] = mapped_column(comment="What was done")
    row_table: Mapped[str] = mapped_column(comment="The table of the row")
    row_key: Mapped[str] = mapped_column(comment="Its primary key without the gym, with dashes")
    member_id: Mapped[int | None] = mapped_column(
        "customer_id", comment="The member whom the row is about, if it is about one"
    )
    changes: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="Columns with [old, new]; null where only that it changed is kept"
    )
    user_id: Mapped[int | None] = mapped_column(comment="Who did it, or asked for the job")
    actor: Mapped[str | None] = mapped_column(
        comment="The user's name at that time, or the job's; empty where nobody was signed in"
    )
    request_id: Mapped[str | None] = mapped_column(comment="As in the logs of the API")
    address: Mapped[str | None] = mapped_column(comment="The network address it came from")
