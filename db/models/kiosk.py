from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps


class Kiosk(GymOwned, Timestamps, Base):
    """A device at a door that scans members' codes, and knows nothing but its key."""

    __tablename__ = "kiosks"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "kiosk_id"),
        ForeignKeyConstraint(
            ["gym_id", "location_id"], ["locations.gym_id", "locations.location_id"]
        ),
        CheckConstraint("name <> ''", name="name_not_empty"),
        {"comment": "Devices at doors; one that is deleted opens nothing any more"},
    )

    kiosk_id: Mapped[int] = mapped_column(primary_key=True)
    location_id: Mapped[int] = mapped_column(comment="Whose door it is")
    name: Mapped[str] = mapped_column(comment="What the gym calls it")
    key_hash: Mapped[str] = mapped_column(unique=True, comment="SHA-256 of its key, hex")


class UsedDoorCode(GymOwned, Base):
    """A door code that has let its member in, so that it does not do so again."""

    __tablename__ = "used_door_codes"
    topic = None
    unaudited = "the visit says the same"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        {"comment": "Door codes that were used; kept while they could be sent again"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Whose code")
    step: Mapped[int] = mapped_column(primary_key=True, comment="Half minutes since 1970")
    used_at: Mapped[datetime] = mapped_column(comment="When")
