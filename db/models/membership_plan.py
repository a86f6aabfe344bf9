from decimal import Decimal

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of
from db.topics import Topic
from db.types import MAJOR_UNITS


class MembershipPlan(GymOwned, Timestamps, Base):
    """What a gym sells: a price for a number of months."""

    __tablename__ = "packages"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "package_id"),
        UniqueConstraint("gym_id", "name_key"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        CheckConstraint("duration_months BETWEEN 1 AND 120", name="duration_sensible"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        {"comment": "Membership options defined by each gym"},
    )

    plan_id: Mapped[int] = mapped_column("package_id", primary_key=True)
    name: Mapped[str] = mapped_column(comment="Plan name")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The name as it is compared, without case and accents"
    )
    duration_months: Mapped[int] = mapped_column(comment="Months that one price buys")
    price: Mapped[Decimal] = mapped_column(
        MAJOR_UNITS, comment="Price of the whole duration, major units of the gym's currency"
    )
    description: Mapped[str | None] = mapped_column(comment="What the plan includes")
    is_active: Mapped[bool] = mapped_column(
        server_default="true", comment="False: kept for its members, not sold any more"
    )

    @validates("name")
    def _keep_key(self, _field: str, value: str) -> str:
        self.name_key = fold(value)
        return value
