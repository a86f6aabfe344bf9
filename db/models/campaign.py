from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps


class MessageState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Campaign(GymOwned, Timestamps, Base):
    """One text sent to chosen members, with each member's values filled in."""

    __tablename__ = "campaigns"
    __table_args__ = (
        UniqueConstraint("gym_id", "campaign_id"),
        ForeignKeyConstraint(["gym_id", "created_by"], ["users.gym_id", "users.user_id"]),
        Index("ix_campaigns_gym_id_created_at", "gym_id", "created_at"),
        {"comment": "Mail written to several members at once"},
    )

    campaign_id: Mapped[int] = mapped_column(primary_key=True)
    created_by: Mapped[int] = mapped_column(comment="The user who pressed Send")
    name: Mapped[str] = mapped_column(comment="How the gym calls it")
    subject: Mapped[str] = mapped_column(comment="Subject with merge fields")
    body: Mapped[str] = mapped_column(comment="Text with merge fields")
    audience: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="How the members were chosen: the filter, or by hand"
    )
    skipped: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="Chosen but not written to, count by reason"
    )


class Message(GymOwned, Timestamps, Base):
    """One mail to one member, with the text and address it had when it was queued."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("gym_id", "message_id"),
        ForeignKeyConstraint(
            ["gym_id", "campaign_id"], ["campaigns.gym_id", "campaigns.campaign_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        Index(
            "uq_messages_campaign_id_customer_id",
            "gym_id",
            "campaign_id",
            "customer_id",
            unique=True,
        ),
        Index("ix_messages_gym_id_customer_id_created_at", "gym_id", "customer_id", "created_at"),
        Index("ix_messages_gym_id_email_key", "gym_id", "email_key"),
        Index("ix_messages_gym_id_created_at", "gym_id", "created_at"),
        Index("ix_messages_gym_id_sent_at", "gym_id", "sent_at"),
        Index("ix_messages_queued", "gym_id", postgresql_where=text("state = 'queued'")),
        {"comment": "Mails to members and what became of them"},
    )

    message_id: Mapped[int] = mapped_column(primary_key=True)
    campaign_id: Mapped[int] = mapped_column(comment="Of which campaign")
    member_id: Mapped[int] = mapped_column("customer_id", comment="To whom")
    address: Mapped[str] = mapped_column(comment="The member's address when queued")
    email_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The address as it is compared, see customers.email_key"
    )
    subject: Mapped[str] = mapped_column(comment="Subject as sent")
    body: Mapped[str] = mapped_column(comment="Text as sent")
    header_id: Mapped[str] = mapped_column(
        unique=True, comment="Message-ID, the same on every repeat"
    )
    unsubscribe_hash: Mapped[str] = mapped_column(
        unique=True, comment="SHA-256 of the token in the unsubscribe link, hex"
    )
    state: Mapped[MessageState] = mapped_column(comment="What became of it")
    sent_at: Mapped[datetime | None] = mapped_column(comment="When the mail server took it")
    error: Mapped[str | None] = mapped_column(comment="Why it failed, in plain words")

    @validates("address")
    def _keep_email_key(self, _: str, address: str) -> str:
        self.email_key = fold(address)
        return address
