from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class DistinctMembers(GymOwned, Base):
    """Two records that look like one person's and are two people's, as somebody decided."""

    __tablename__ = "distinct_members"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "other_id"], ["customers.gym_id", "customers.customer_id"]),
        ForeignKeyConstraint(["gym_id", "decided_by"], ["users.gym_id", "users.user_id"]),
        Index("ix_distinct_members_gym_id_other_id", "gym_id", "other_id"),
        {"comment": "Pairs of records that are no duplicates, although they look like some"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column(
        "customer_id", primary_key=True, comment="One of the two"
    )
    other_id: Mapped[int] = mapped_column(primary_key=True, comment="The other one")
    decided_by: Mapped[int] = mapped_column(comment="The user who decided it")
    decided_at: Mapped[datetime] = mapped_column(comment="When")
