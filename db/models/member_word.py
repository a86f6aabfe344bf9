from sqlalchemy import ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic


class MemberWord(GymOwned, Base):
    """A word by which a member is found. `db.member_words` writes them, and can rebuild them."""

    __tablename__ = "member_words"
    topic = Topic.MEMBERS
    unaudited = "follows from the member"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        Index("ix_member_words_gym_id_customer_id", "gym_id", "customer_id"),
        {"comment": "The words by which members are found: of name, address, phone and number"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    word: Mapped[str] = mapped_column(
        Text(collation="C"),
        primary_key=True,
        comment="Letters and digits without case and accents, up to 60",
    )
    member_id: Mapped[int] = mapped_column(
        "customer_id", primary_key=True, comment="The member it finds"
    )
