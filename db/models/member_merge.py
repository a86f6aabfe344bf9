from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.models.member import Standing


class MemberMerge(GymOwned, Base):
    """Two records that were one person's. `moved` is what undoing needs."""

    __tablename__ = "member_merges"
    topic = None
    unaudited_columns = frozenset({"moved"})  # keys of rows that are in the log themselves
    __table_args__ = (
        UniqueConstraint("gym_id", "merge_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "into_id"], ["customers.gym_id", "customers.customer_id"]),
        ForeignKeyConstraint(["gym_id", "merged_by"], ["users.gym_id", "users.user_id"]),
        Index("ix_member_merges_gym_id_customer_id", "gym_id", "customer_id"),
        Index("ix_member_merges_gym_id_into_id", "gym_id", "into_id"),
        {"comment": "Records of members that were merged into others, and how to undo it"},
    )

    merge_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="The record that leads on")
    into_id: Mapped[int] = mapped_column(comment="The record it leads to")
    standing: Mapped[Standing] = mapped_column(comment="What the first one was before")
    moved: Mapped[dict[str, Any]] = mapped_column(
        JSONB, comment="Keys of the rows that were given to the second, by table and column"
    )
    merged_by: Mapped[int] = mapped_column(comment="The user who decided it")
    merged_at: Mapped[datetime] = mapped_column(comment="When")
    undone_at: Mapped[datetime | None] = mapped_column(comment="When it was undone, if it was")
