from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class PasswordReset(GymOwned, Base):
    """A link mailed to somebody who forgot their password."""

    __tablename__ = "password_resets"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "reset_id"),
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        Index("ix_password_resets_user_id", "user_id"),
        {"comment": "Links for choosing a new password"},
    )

    reset_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(comment="Whose password")
    token_hash: Mapped[str] = mapped_column(
        unique=True, comment="SHA-256 of the token in the link, hex"
    )
    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When asked for"
    )
    expires_at: Mapped[datetime] = mapped_column(comment="When the link ends")
    used_at: Mapped[datetime | None] = mapped_column(
        comment="When it, or a newer one of the user, was used"
    )
