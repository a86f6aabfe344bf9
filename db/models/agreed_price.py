from enum import StrEnum

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps


class AgreedPriceReason(StrEnum):
    """Why a later term costs something else than the one before it."""

    MOVED = "moved"
    """The gym moved the member to another price of the plan."""
    PROMOTION_OVER = "promotion_over"
    """The terms before it cost less by a promotion."""


class AgreedPrice(GymOwned, Timestamps, Base):
    """From one term on a membership costs something else. Terms before it keep their price, and a
    term of which nothing is agreed costs what the one before did."""

    __tablename__ = "agreed_prices"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("term >= 1", name="term_counts_from_one"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("yearly_price >= 0", name="yearly_price_not_negative"),
        {"comment": "Prices that memberships have from one of their terms on"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    membership_id: Mapped[int] = mapped_column(primary_key=True, comment="Of which membership")
    term: Mapped[int] = mapped_column(primary_key=True, comment="First term that costs it, from 1")
    reason: Mapped[AgreedPriceReason] = mapped_column(primary_key=True, comment="Why it changes")
    price: Mapped[int] = mapped_column(
        BigInteger, comment="What each term costs, minor units of the gym's currency"
    )
    yearly_price: Mapped[int] = mapped_column(
        BigInteger, comment="What twelve months cost then, minor units of the gym's currency"
    )
