from typing import Any

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of


class Audience(GymOwned, Timestamps, Base):
    """A filter of members under a name: who is in it is decided when it is asked."""

    __tablename__ = "audiences"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "audience_id"),
        UniqueConstraint("gym_id", "name_key"),
        ForeignKeyConstraint(["gym_id", "owner_id"], ["users.gym_id", "users.user_id"]),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        {"comment": "Filters of members that gyms have saved"},
    )

    audience_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(comment="How the gym calls it")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The name as it is compared and sorted: no case, no accents"
    )
    filter: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="What is asked of members, as api.members.filters.MemberFilter has it"
    )
    owner_id: Mapped[int] = mapped_column(comment="The user who saved it")

    @validates("name")
    def _keep_key(self, _field: str, value: str) -> str:
        self.name_key = fold(value)
        return value
