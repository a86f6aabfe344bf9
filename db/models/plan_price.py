from datetime import date
from decimal import Decimal

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps
from db.topics import Topic
from db.types import MAJOR_UNITS


class PlanPrice(GymOwned, Timestamps, Base):
    """What a plan costs from a day on. One that never changed its price has none."""

    __tablename__ = "plan_prices"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "price_id"),
        UniqueConstraint("gym_id", "package_id", "starts_on"),
        ForeignKeyConstraint(["gym_id", "package_id"], ["packages.gym_id", "packages.package_id"]),
        CheckConstraint("price >= 0", name="price_not_negative"),
        {"comment": "Prices of plans by their first day: what was, is, and will be"},
    )

    price_id: Mapped[int] = mapped_column(primary_key=True)
    plan_id: Mapped[int] = mapped_column("package_id", comment="Of which plan")
    starts_on: Mapped[date] = mapped_column(comment="First local day on which it holds")
    price: Mapped[Decimal] = mapped_column(
        MAJOR_UNITS, comment="Price of the whole duration, major units of the gym's currency"
    )
