from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class PlanHours(GymOwned, Base):
    """When a plan lets its members enter, every week. One without any always does."""

    __tablename__ = "plan_hours"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_in_week"),
        CheckConstraint("opens BETWEEN 0 AND 1439", name="opens_on_its_day"),
        CheckConstraint("closes > opens AND closes <= opens + 1440", name="closes_within_a_day"),
        {"comment": "The hours in which members of a plan may enter, by the gym's clock"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    plan_id: Mapped[int] = mapped_column("package_id", primary_key=True, comment="Of which plan")
    weekday: Mapped[int] = mapped_column(primary_key=True, comment="0 is Monday, 6 is Sunday")
    opens: Mapped[int] = mapped_column(primary_key=True, comment="Local minute of the day")
    closes: Mapped[int] = mapped_column(
        comment="Local minute of the day from which it lets nobody in; over 1440 on the next day"
    )


class PlanLocation(GymOwned, Base):
    """A location that a plan includes. One without any includes all."""

    __tablename__ = "plan_locations"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "package_id"],
            ["packages.gym_id", "packages.package_id"],
            ondelete="CASCADE",
        ),
        # No cascade: a plan of one place must not become one of all places.
        ForeignKeyConstraint(
            ["gym_id", "location_id"], ["locations.gym_id", "locations.location_id"]
        ),
        {"comment": "The locations that a plan includes; a plan without a row includes all"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    plan_id: Mapped[int] = mapped_column("package_id", primary_key=True, comment="Which plan")
    location_id: Mapped[int] = mapped_column(primary_key=True, comment="Which location")
