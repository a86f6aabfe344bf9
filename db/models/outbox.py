from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class OutboxState(StrEnum):
    PENDING = "pending"
    QUEUED = "queued"
    SENDING = "sending"
    DONE = "done"
    FAILED = "failed"


class OutboxItem(GymOwned, Base):
    """A notification on its way out: who sends it now, and when it is tried again."""

    __tablename__ = "outbox"
    topic = None
    unaudited = "how notifications are sent"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "notification_id"],
            ["notifications.gym_id", "notifications.notification_id"],
        ),
        Index(
            "ix_outbox_due",
            "gym_id",
            "next_at",
            postgresql_where=text("state IN ('pending','queued','sending')"),
        ),
        Index("ix_outbox_gym_id_notification_id", "gym_id", "notification_id"),
        {"comment": "Notifications on their way out; claimed with a lease, sent at least once"},
    )

    outbox_id: Mapped[int] = mapped_column(primary_key=True)
    notification_id: Mapped[int] = mapped_column(comment="What is to be sent")
    state: Mapped[OutboxState] = mapped_column(
        server_default=OutboxState.PENDING, comment="How far it is"
    )
    next_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="Not before; the lease's end while sending"
    )
    lease: Mapped[UUID | None] = mapped_column(comment="Who is sending it now")
    attempts: Mapped[int] = mapped_column(server_default="0", comment="Times claimed")
    last_error: Mapped[str | None] = mapped_column(comment="What the provider said last")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="Queued")
