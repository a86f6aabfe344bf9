from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class OutboxState(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"


class OutboxItem(GymOwned, Base):
    """Something to be sent, written in the transaction that decided it."""

    __tablename__ = "outbox"
    __table_args__ = (
        ForeignKeyConstraint(["gym_id", "message_id"], ["messages.gym_id", "messages.message_id"]),
        ForeignKeyConstraint(
            ["gym_id", "report_id"], ["attendance_reports.gym_id", "attendance_reports.report_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "confirmation_id"],
            ["address_confirmations.gym_id", "address_confirmations.confirmation_id"],
        ),
        CheckConstraint(
            "num_nonnulls(message_id, report_id, confirmation_id) = 1", name="one_content"
        ),
        Index(
            "ix_outbox_due",
            "gym_id",
            "next_at",
            postgresql_where=text("state IN ('pending','queued','sending')"),
        ),
        Index("ix_outbox_gym_id_message_id", "gym_id", "message_id"),
        Index(
            "ix_outbox_gym_id_report_id",
            "gym_id",
            "report_id",
            postgresql_where=text("report_id IS NOT NULL"),
        ),
        Index(
            "ix_outbox_gym_id_confirmation_id",
            "gym_id",
            "confirmation_id",
            postgresql_where=text("confirmation_id IS NOT NULL"),
        ),
        {"comment": "Mails on their way out; claimed with a lease, sent at least once"},
    )

    outbox_id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int | None] = mapped_column(comment="The mail to a member to send")
    report_id: Mapped[int | None] = mapped_column(comment="The report to mail to the owner")
    confirmation_id: Mapped[int | None] = mapped_column(
        comment="The link to mail to an address of the gym's own"
    )
    state: Mapped[OutboxState] = mapped_column(
        server_default=OutboxState.PENDING, comment="How far it is"
    )
    next_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="Not before; the lease's end while sending"
    )
    lease: Mapped[UUID | None] = mapped_column(comment="Who is sending it now")
    attempts: Mapped[int] = mapped_column(server_default="0", comment="Times claimed")
    last_error: Mapped[str | None] = mapped_column(comment="What the mail server said last")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="Queued")
