from datetime import date
from typing import Any

from sqlalchemy import (
    CheckConstraint,
    Connection,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    event,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of
from db.models.gym import Gym
from db.topics import Topic


class Location(GymOwned, Timestamps, Base):
    """One place where members train. Every gym has one at least."""

    __tablename__ = "locations"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "location_id"),
        UniqueConstraint("gym_id", "name_key"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        CheckConstraint("capacity > 0", name="capacity_positive"),
        {"comment": "Where members train"},
    )

    location_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(comment="What the place is called")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The name as it is compared and sorted: no case, no accents"
    )
    address: Mapped[str | None] = mapped_column(comment="Postal address")
    phone: Mapped[str | None] = mapped_column(comment="Contact number of this place")
    capacity: Mapped[int | None] = mapped_column(
        comment="People who may be inside at once; empty where nobody counts"
    )
    is_active: Mapped[bool] = mapped_column(
        server_default="true", comment="Members train there; false once it is given up"
    )

    @validates("name")
    def _keep_key(self, _field: str, value: str) -> str:
        self.name_key = fold(value)
        return value


class OpeningHours(GymOwned, Base):
    """When a location is open on a weekday, every week. A location without any is always open."""

    __tablename__ = "opening_hours"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "location_id"],
            ["locations.gym_id", "locations.location_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("weekday BETWEEN 0 AND 6", name="weekday_in_week"),
        CheckConstraint("opens BETWEEN 0 AND 1439", name="opens_on_its_day"),
        CheckConstraint("closes > opens AND closes <= opens + 1440", name="closes_within_a_day"),
        {"comment": "The hours of a location in every week, by the gym's clock"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    location_id: Mapped[int] = mapped_column(primary_key=True, comment="Whose hours")
    weekday: Mapped[int] = mapped_column(primary_key=True, comment="0 is Monday, 6 is Sunday")
    opens: Mapped[int] = mapped_column(primary_key=True, comment="Local minute of the day")
    closes: Mapped[int] = mapped_column(
        comment="Local minute of the day from which it is closed; over 1440 on the next day"
    )


class Closure(GymOwned, Timestamps, Base):
    """Days on which a location, or the whole gym, is closed. Both ends are included."""

    __tablename__ = "closures"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "closure_id"),
        # No cascade: what was closed when is history, and a location that has some is retired.
        ForeignKeyConstraint(
            ["gym_id", "location_id"], ["locations.gym_id", "locations.location_id"]
        ),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        Index("ix_closures_gym_id_starts_on", "gym_id", "starts_on"),
        {"comment": "Days on which a location or the whole gym is closed"},
    )

    closure_id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int | None] = mapped_column(
        comment="Which location is closed; empty for the whole gym"
    )
    starts_on: Mapped[date] = mapped_column(comment="First closed day, local")
    ends_on: Mapped[date] = mapped_column(comment="Last closed day, local")
    reason: Mapped[str | None] = mapped_column(comment="Why, in the gym's words")


@event.listens_for(Gym, "after_insert")
def _open_first_location(_mapper: Any, connection: Connection, gym: Gym) -> None:
    """However a gym comes to be, it has a place of its name: nobody who makes one can forget it."""
    connection.execute(
        Location.__table__.insert().values(  # type: ignore[attr-defined]
            gym_id=gym.gym_id,
            name=gym.name,
            name_key=fold(gym.name),
            address=gym.address,
            phone=gym.phone,
        )
    )
