from datetime import date

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of
from db.topics import Topic


class Promotion(GymOwned, Timestamps, Base):
    """What whoever joins with its code pays less, for the first terms."""

    __tablename__ = "promotions"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "promotion_id"),
        UniqueConstraint("gym_id", "code_key"),
        CheckConstraint(is_key_of("code"), name="code_key_is_of_code"),
        CheckConstraint(
            "num_nonnulls(percent_off, amount_off) = 1", name="takes_off_one_of_the_two"
        ),
        CheckConstraint("percent_off BETWEEN 1 AND 100", name="percent_sensible"),
        CheckConstraint("amount_off >= 1", name="amount_positive"),
        CheckConstraint("terms BETWEEN 1 AND 120", name="terms_sensible"),
        CheckConstraint("max_uses >= 1", name="max_uses_positive"),
        CheckConstraint("valid_until >= valid_from", name="valid_until_after_from"),
        {"comment": "Codes with which new memberships cost less"},
    )

    promotion_id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(comment="What is typed at the desk")
    code_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The code as it is compared, without case and accents"
    )
    name: Mapped[str] = mapped_column(comment="What the gym calls it")
    percent_off: Mapped[int | None] = mapped_column(comment="Percent of the price that it takes")
    amount_off: Mapped[int | None] = mapped_column(
        BigInteger, comment="What it takes off a term instead, minor units of the gym's currency"
    )
    terms: Mapped[int] = mapped_column(server_default="1", comment="For how many first terms")
    valid_from: Mapped[date | None] = mapped_column(comment="First local day; empty: any")
    valid_until: Mapped[date | None] = mapped_column(comment="Last local day; empty: any")
    max_uses: Mapped[int | None] = mapped_column(comment="By how many members; empty: any number")
    new_members_only: Mapped[bool] = mapped_column(
        server_default="false", comment="Only for who never had a membership"
    )
    is_active: Mapped[bool] = mapped_column(
        server_default="true", comment="False: kept for the record, and taken no more"
    )

    @validates("code")
    def _keep_key(self, _field: str, value: str) -> str:
        self.code_key = fold(value)
        return value


class PromotionPlan(GymOwned, Base):
    """A plan that a promotion is for. One without any is for all plans."""

    __tablename__ = "promotion_plans"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "promotion_id"],
            ["promotions.gym_id", "promotions.promotion_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["gym_id", "package_id"], ["packages.gym_id", "packages.package_id"]),
        {"comment": "The plans that promotions are for"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    promotion_id: Mapped[int] = mapped_column(primary_key=True, comment="Which promotion")
    plan_id: Mapped[int] = mapped_column("package_id", primary_key=True, comment="For which plan")


class PromotionUse(GymOwned, Base):
    """A member joined with the code. The key lets each do so once."""

    __tablename__ = "promotion_uses"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "promotion_id"], ["promotions.gym_id", "promotions.promotion_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "membership_id"], ["memberships.gym_id", "memberships.membership_id"]
        ),
        CheckConstraint("taken_off >= 0", name="taken_off_not_negative"),
        Index("ix_promotion_uses_gym_id_membership_id", "gym_id", "membership_id"),
        Index("ix_promotion_uses_gym_id_customer_id", "gym_id", "customer_id"),
        {"comment": "Who joined with which code, and what it took off"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    promotion_id: Mapped[int] = mapped_column(primary_key=True, comment="Which promotion")
    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Who joined")
    membership_id: Mapped[int] = mapped_column(comment="With which membership")
    used_on: Mapped[date] = mapped_column(comment="Local day on which it was sold")
    taken_off: Mapped[int] = mapped_column(
        BigInteger, comment="Of the first term, minor units of the gym's currency"
    )
