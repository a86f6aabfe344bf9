from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.translation import Sentence
from db.addresses import key_of_address
from db.base import Base, GymOwned, Timestamps
from db.topics import Topic
from db.types import KeptSentence


class Channel(StrEnum):
    """How a notification reaches its reader."""

    EMAIL = "email"
    SMS = "sms"


class NotificationState(StrEnum):
    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    SKIPPED = "skipped"


class Notification(GymOwned, Timestamps, Base):
    """One message to one reader: what it says, whom it was addressed to, and what became of it.

    What a kind says and when it may be sent is declared beside the kind's noun, in
    `api/*/notifications.py`. `dedupe_key` makes it happen once: a second one of the same gym, kind
    and key is not made.
    """

    __tablename__ = "notifications"
    topic = Topic.OUTREACH
    unaudited = "it is the log of what was written to people"
    topic_where = "campaign_id is not null"
    __table_args__ = (
        UniqueConstraint("gym_id", "notification_id"),
        UniqueConstraint("gym_id", "kind", "dedupe_key"),
        ForeignKeyConstraint(
            ["gym_id", "campaign_id"], ["campaigns.gym_id", "campaigns.campaign_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        Index("ix_notifications_gym_id_campaign_id", "gym_id", "campaign_id"),
        Index(
            "ix_notifications_gym_id_customer_id_created_at", "gym_id", "customer_id", "created_at"
        ),
        Index("ix_notifications_gym_id_recipient_key", "gym_id", "recipient_key"),
        Index("ix_notifications_gym_id_created_at", "gym_id", "created_at"),
        Index("ix_notifications_gym_id_sent_at", "gym_id", "sent_at"),
        Index("ix_notifications_queued", "gym_id", postgresql_where=text("state = 'queued'")),
        {"comment": "What was written to members and owners, and what became of it"},
    )

    notification_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(comment="What it is, such as campaign")
    channel: Mapped[Channel] = mapped_column(comment="How it goes out")
    campaign_id: Mapped[int | None] = mapped_column(comment="Of which campaign, if of one")
    member_id: Mapped[int | None] = mapped_column(
        "customer_id", comment="To which member; empty where it goes to the gym"
    )
    recipient: Mapped[str] = mapped_column(
        comment="Address or number it goes to: that of now, once a worker has looked"
    )
    recipient_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The recipient as it is compared, see customers.email_key"
    )
    payload: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="What the kind needs to write it"
    )
    dedupe_key: Mapped[str] = mapped_column(comment="Once per gym, kind and key")
    provider_id: Mapped[str | None] = mapped_column(
        unique=True,
        comment="The id it has outside: a mail's Message-ID, the same on every repeat",
    )
    unsubscribe_hash: Mapped[str | None] = mapped_column(
        unique=True, comment="SHA-256 of the token in the unsubscribe link, hex"
    )
    state: Mapped[NotificationState] = mapped_column(comment="What became of it")
    sent_at: Mapped[datetime | None] = mapped_column(comment="When the provider took it")
    error: Mapped[str | None] = mapped_column(comment="Why it failed, or was skipped")
    said: Mapped[Sentence | None] = mapped_column(
        KeptSentence, comment="Why it failed, for a reader of any language"
    )

    @classmethod
    def of_campaigns(cls, gym_id: int) -> ColumnElement[bool]:
        """The condition of what a gym's campaigns mailed, or are about to."""
        condition: ColumnElement[bool] = cls.in_gym(gym_id) & cls.campaign_id.is_not(None)
        return condition

    @validates("recipient")
    def _keep_recipient_key(self, _: str, recipient: str) -> str:
        self.recipient_key = key_of_address(recipient)
        return recipient
