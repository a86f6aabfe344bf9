from datetime import date, datetime
from typing import Annotated

from pydantic import ConfigDict, Field, Strict

from api.kit.schemas import Body, Schema, SensibleDate, Text, Update
from db.models import EquipmentCategory, EquipmentStatus

Name = Annotated[str, Text(120, min_length=1)]
Category = Annotated[EquipmentCategory, Strict(False)]
Status = Annotated[
    EquipmentStatus,
    Strict(False),
    Field(description="Only what is `working` may be trained on; `retired` is kept for the record"),
]
Location = Annotated[str, Text(120), Field(examples=["Ground floor, by the window"])]
SerialNumber = Annotated[
    str, Text(80, min_length=1), Field(description="As on the plate, unique in the gym")
]
Notes = Annotated[str, Text(2000)]


class EquipmentCreate(Body):
    """A machine, bench or set that the gym has."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Rowing machine 2",
                    "category": "cardio",
                    "location": "Ground floor, by the window",
                    "serial_number": "RW-2210-77",
                    "purchased_on": "2025-03-14",
                }
            ]
        }
    )

    name: Name
    category: Category
    status: Status = EquipmentStatus.WORKING
    location: Location | None = None
    serial_number: SerialNumber | None = None
    purchased_on: SensibleDate | None = None
    notes: Notes | None = None


class EquipmentUpdate(Update):
    """Only the fields that are sent are changed; null clears one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"status": "out_of_order"}]})
    required = ("name", "category", "status")

    name: Name | None = None
    category: Category | None = None
    status: Status | None = None
    location: Location | None = None
    serial_number: SerialNumber | None = None
    purchased_on: SensibleDate | None = None
    notes: Notes | None = None


class EquipmentItem(Schema):
    equipment_id: int
    name: str
    category: EquipmentCategory
    status: EquipmentStatus
    location: str | None
    serial_number: str | None
    purchased_on: date | None
    notes: str | None
    updated_at: datetime = Field(description="When it last changed")
