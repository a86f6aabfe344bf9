import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, MemberFact, Timestamps
from db.topics import Topic


class PaymentState(StrEnum):
    PENDING = "pending"
    PAID = "paid"
    FAILED = "failed"


class Payment(MemberFact, GymOwned, Timestamps, Base):
    """An attempt to collect money, and how it went. Money that moved is in `transactions`."""

    __tablename__ = "payments"
    topic = Topic.MONEY
    __table_args__ = (
        UniqueConstraint("gym_id", "payment_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "membership_id"], ["memberships.gym_id", "memberships.membership_id"]
        ),
        CheckConstraint("amount > 0", name="amount_positive"),
        Index("ix_payments_gym_id_customer_id_due_on", "gym_id", "customer_id", "due_on"),
        Index("ix_payments_gym_id_membership_id", "gym_id", "membership_id"),
        {"comment": "Attempts to collect money"},
    )

    payment_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Who pays")
    membership_id: Mapped[int | None] = mapped_column(comment="For which membership")
    amount: Mapped[int] = mapped_column(comment="Minor units of the currency")
    currency: Mapped[str] = mapped_column(comment="ISO 4217")
    state: Mapped[PaymentState] = mapped_column(comment="How the attempt went")
    due_on: Mapped[dt.date] = mapped_column(comment="Day the money is due, gym's local day")
    attempted_at: Mapped[dt.datetime | None] = mapped_column(comment="Last attempt, UTC")
    failure_reason: Mapped[str | None] = mapped_column(comment="Why it failed")
