from datetime import date

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps
from db.topics import Topic


class PriceRule(GymOwned, Timestamps, Base):
    """Some pay less for a plan: who begins in a time, is of an age, or is not the first of their
    household. What is empty is any."""

    __tablename__ = "price_rules"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "rule_id"),
        ForeignKeyConstraint(["gym_id", "package_id"], ["packages.gym_id", "packages.package_id"]),
        CheckConstraint("num_nonnulls(percent_off, price) = 1", name="lowers_by_one_of_the_two"),
        CheckConstraint("percent_off BETWEEN 1 AND 100", name="percent_sensible"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        CheckConstraint("joins_until >= joins_from", name="joins_until_after_from"),
        CheckConstraint(
            "min_age BETWEEN 0 AND 150 AND max_age BETWEEN 0 AND 150", name="ages_sensible"
        ),
        CheckConstraint("max_age >= min_age", name="max_age_after_min"),
        CheckConstraint(
            "further_only OR num_nonnulls(joins_from, joins_until, min_age, max_age) > 0",
            name="says_for_whom",
        ),
        Index("ix_price_rules_gym_id_package_id", "gym_id", "package_id"),
        {"comment": "For whom a plan costs less than its price"},
    )

    rule_id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column("package_id", comment="Of which plan")
    name: Mapped[str] = mapped_column(comment="What the gym calls it, such as Students")
    percent_off: Mapped[int | None] = mapped_column(comment="Percent of the price that it takes")
    price: Mapped[int | None] = mapped_column(
        BigInteger, comment="What a term costs instead, minor units of the gym's currency"
    )
    joins_from: Mapped[date | None] = mapped_column(
        comment="The membership begins on this day or later"
    )
    joins_until: Mapped[date | None] = mapped_column(comment="It begins on this day or earlier")
    min_age: Mapped[int | None] = mapped_column(comment="Least age in years on the first day")
    max_age: Mapped[int | None] = mapped_column(comment="Highest age in years on the first day")
    further_only: Mapped[bool] = mapped_column(
        server_default="false",
        comment="Only for whom somebody else of their household has a paid membership on that day",
    )
    combines: Mapped[bool] = mapped_column(
        server_default="false", comment="Whether a promotion lowers its price further"
    )
