from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, Timestamps, is_key_of


class EquipmentCategory(StrEnum):
    CARDIO = "cardio"
    STRENGTH = "strength"
    FREE_WEIGHTS = "free_weights"
    FUNCTIONAL = "functional"
    OTHER = "other"


class EquipmentStatus(StrEnum):
    """Only `WORKING` may be trained on."""

    WORKING = "working"
    OUT_OF_ORDER = "out_of_order"
    IN_REPAIR = "in_repair"
    RETIRED = "retired"


class Equipment(GymOwned, Timestamps, Base):
    """One machine, bench or set that a gym has."""

    __tablename__ = "equipment"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "equipment_id"),
        UniqueConstraint("gym_id", "serial_number_key"),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        CheckConstraint(is_key_of("serial_number"), name="serial_number_key_is_of_serial_number"),
        Index("ix_equipment_gym_id_name_key", "gym_id", "name_key", "equipment_id"),
        {"comment": "What members train on"},
    )

    equipment_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(comment="How the gym calls it")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The name as it is compared and sorted: no case, no accents"
    )
    category: Mapped[EquipmentCategory] = mapped_column(comment="What kind of training it is for")
    status: Mapped[EquipmentStatus] = mapped_column(
        server_default=EquipmentStatus.WORKING, comment="Whether it may be trained on"
    )
    location: Mapped[str | None] = mapped_column(comment="Where it stands, in the gym's words")
    serial_number: Mapped[str | None] = mapped_column(comment="The maker's, as on the plate")
    serial_number_key: Mapped[str | None] = mapped_column(
        Text(collation="C"), comment="The serial number as it is compared, without case"
    )
    purchased_on: Mapped[date | None] = mapped_column(comment="Day of purchase")
    notes: Mapped[str | None] = mapped_column(comment="What the staff should know")

    @validates("name", "serial_number")
    def _keep_key(self, field: str, value: str | None) -> str | None:
        setattr(self, f"{field}_key", None if value is None else fold(value))
        return value
