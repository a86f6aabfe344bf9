from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps
from db.topics import Topic


class Campaign(GymOwned, Timestamps, Base):
    """One text sent to chosen members, with each member's values filled in."""

    __tablename__ = "campaigns"
    topic = Topic.OUTREACH
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
