from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class MemberNote(GymOwned, Base):
    """What somebody of the staff wrote down about a member."""

    __tablename__ = "member_notes"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "note_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["gym_id", "author_id"], ["users.gym_id", "users.user_id"]),
        CheckConstraint("text <> ''", name="text_not_empty"),
        Index("ix_member_notes_gym_id_customer_id", "gym_id", "customer_id", "note_id"),
        {"comment": "What the staff wrote down about members"},
    )

    note_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="About whom")
    text: Mapped[str] = mapped_column(comment="What was written")
    author_id: Mapped[int | None] = mapped_column(
        comment="The user who wrote it; empty where nobody recorded that"
    )
    created_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="When it was written"
    )
    edited_at: Mapped[datetime | None] = mapped_column(comment="When its text last changed")
