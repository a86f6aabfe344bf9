from decimal import Decimal

from sqlalchemy import CheckConstraint, Text, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.plans import PlanKind
from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of
from db.topics import Topic
from db.types import MAJOR_UNITS


class MembershipPlan(GymOwned, Timestamps, Base):
    """What a gym sells: a price for a time at the gym, or for visits within one."""

    __tablename__ = "packages"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "package_id"),
        UniqueConstraint("gym_id", "name_key"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        CheckConstraint(
            "duration_months BETWEEN 0 AND 120 AND duration_days BETWEEN 0 AND 366"
            " AND (duration_months = 0) <> (duration_days = 0)",
            name="duration_sensible",
        ),
        CheckConstraint("(kind = 'pack') = (visits IS NOT NULL)", name="visits_of_packs"),
        CheckConstraint("visits > 0", name="visits_positive"),
        CheckConstraint(
            "kind = 'recurring' OR NOT renews_automatically", name="only_recurring_renews"
        ),
        CheckConstraint("capacity > 0", name="capacity_positive"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        {"comment": "Membership options defined by each gym"},
    )

    plan_id: Mapped[int] = mapped_column("package_id", primary_key=True)
    name: Mapped[str] = mapped_column(comment="Plan name")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The name as it is compared, without case and accents"
    )
    kind: Mapped[PlanKind] = mapped_column(
        server_default=PlanKind.RECURRING, comment="How it runs and ends"
    )
    duration_months: Mapped[int] = mapped_column(
        comment="Months that one price buys; 0 where the length is in days"
    )
    duration_days: Mapped[int] = mapped_column(
        server_default="0", comment="Days that one price buys; 0 where the length is in months"
    )
    visits: Mapped[int | None] = mapped_column(comment="Visits in a pack, to be used in its length")
    price: Mapped[Decimal] = mapped_column(
        MAJOR_UNITS, comment="Price of the whole duration, major units of the gym's currency"
    )
    description: Mapped[str | None] = mapped_column(comment="What the plan includes")
    is_active: Mapped[bool] = mapped_column(
        server_default="true", comment="False: kept for its members, not sold any more"
    )
    renews_automatically: Mapped[bool] = mapped_column(
        server_default="false", comment="Whether the next term begins without anybody's doing"
    )
    notice_days: Mapped[int] = mapped_column(
        server_default="0", comment="Days from giving notice to the earliest last day"
    )
    freeze_days_a_year: Mapped[int | None] = mapped_column(
        comment="Days that may be frozen in twelve months; empty: any number"
    )
    freezes_a_year: Mapped[int | None] = mapped_column(
        comment="Freezes that may begin in twelve months; empty: any number"
    )
    shortest_freeze_days: Mapped[int | None] = mapped_column(
        comment="Days that a freeze must have; empty: one"
    )
    features: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default="{}", comment="What it includes, each in a few words"
    )
    capacity: Mapped[int | None] = mapped_column(
        comment="Members who may be on it at a time; empty: any number"
    )

    @validates("name")
    def _keep_key(self, _field: str, value: str) -> str:
        self.name_key = fold(value)
        return value
