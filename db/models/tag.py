from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of


class Tag(GymOwned, Timestamps, Base):
    """A word of the gym's own by which it groups members."""

    __tablename__ = "tags"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "tag_id"),
        UniqueConstraint("gym_id", "name_key"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        {"comment": "A gym's own words for groups of members"},
    )

    tag_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(comment="The word, as the gym writes it")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The word as it is compared and sorted: no case, no accents"
    )

    @validates("name")
    def _keep_key(self, _field: str, value: str) -> str:
        self.name_key = fold(value)
        return value


class MemberTag(GymOwned, Base):
    """A member is in the group that a tag names."""

    __tablename__ = "member_tags"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["gym_id", "tag_id"], ["tags.gym_id", "tags.tag_id"], ondelete="CASCADE"
        ),
        Index("ix_member_tags_gym_id_tag_id", "gym_id", "tag_id", "customer_id"),
        {"comment": "Which members have which tags"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column(
        "customer_id", primary_key=True, comment="Who has the tag"
    )
    tag_id: Mapped[int] = mapped_column(primary_key=True, comment="Which one")
