from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, MemberFact, Timestamps
from db.topics import Topic


class Membership(MemberFact, GymOwned, Timestamps, Base):
    """A member's period on a plan. Days are the gym's local days; both ends are included."""

    __tablename__ = "memberships"
    topic = Topic.MEMBERS
    __table_args__ = (
        UniqueConstraint("gym_id", "membership_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "package_id"], ["packages.gym_id", "packages.package_id"]),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        Index("ix_memberships_gym_id_customer_id", "gym_id", "customer_id"),
        Index("ix_memberships_gym_id_ends_on", "gym_id", "ends_on"),
        {"comment": "Who was on which plan from when to when; the truth behind the status"},
    )

    membership_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose membership")
    plan_id: Mapped[int] = mapped_column("package_id", comment="On which plan")
    starts_on: Mapped[date] = mapped_column(comment="First day")
    ends_on: Mapped[date | None] = mapped_column(comment="Last day; empty while open-ended")
    yearly_price: Mapped[int] = mapped_column(
        BigInteger, comment="Agreed price of twelve months, minor units of the gym's currency"
    )
    cancelled_on: Mapped[date | None] = mapped_column(
        comment="Day the member or gym ended it; empty when it ran out"
    )
    cancel_reason: Mapped[str | None] = mapped_column(comment="Why, in the member's words")


class MembershipFreeze(MemberFact, GymOwned, Timestamps, Base):
    """Days on which a membership rests. Both ends are included."""

    __tablename__ = "membership_freezes"
    topic = Topic.MEMBERS
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "membership_id"], ["memberships.gym_id", "memberships.membership_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_membership_freezes_gym_id_customer_id", "gym_id", "customer_id"),
        Index("ix_membership_freezes_gym_id_membership_id", "gym_id", "membership_id"),
        {"comment": "When memberships rested"},
    )

    freeze_id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(comment="Which membership rests")
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose")
    starts_on: Mapped[date] = mapped_column(comment="First frozen day")
    ends_on: Mapped[date] = mapped_column(comment="Last frozen day")
    reason: Mapped[str | None] = mapped_column(comment="Why")
