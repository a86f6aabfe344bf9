from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field, Strict, model_validator

from api.kit.schemas import Body, Key, Schema, SensibleDate, Text, Update
from api.kit.weekly_hours import HoursItem, WeeklyHours
from core.limits import MAX_CLOSURE
from core.translation import count, t

Name = Annotated[str, Text(200, min_length=1)]
Address = Annotated[str, Text(500)]
Phone = Annotated[str, Text(50)]
Capacity = Annotated[
    int, Field(ge=1, le=100_000, description="People who may be inside at once"), Strict()
]
IsActive = Annotated[bool, Field(description="False once it is given up: it is kept, not offered")]


class LocationCreate(Body):
    """A place where members train."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "name": "Riverside",
                    "address": "Rua do Rio 1, Lisbon",
                    "phone": "+351 210 000 000",
                    "capacity": 80,
                }
            ]
        }
    )

    name: Name
    address: Address | None = None
    phone: Phone | None = None
    capacity: Capacity | None = None


class LocationUpdate(Update):
    """Only the fields that are sent are changed; null clears one."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"capacity": 60}]})
    required = ("name", "is_active")

    name: Name | None = None
    address: Address | None = None
    phone: Phone | None = None
    capacity: Capacity | None = None
    is_active: IsActive | None = None


class LocationItem(Schema):
    location_id: int
    name: str
    address: str | None
    phone: str | None
    capacity: int | None
    is_active: bool
    is_open: bool = Field(description="At this moment, by its hours and the gym's closures")
    opening_hours: list[HoursItem] = Field(description="Of every week; none: always open")


class OpeningHoursRequest(Body):
    """The hours of a whole week, in place of those before."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "opening_hours": [
                        {"weekday": 0, "opens": "06:00", "closes": "22:00"},
                        {"weekday": 5, "opens": "20:00", "closes": "02:00"},
                    ]
                }
            ]
        }
    )

    opening_hours: WeeklyHours


class ClosureCreate(Body):
    """Days on which a location, or the whole gym, is closed. Both ends are included."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"starts_on": "2026-12-24", "ends_on": "2026-12-26", "reason": "Christmas"}
            ]
        }
    )

    location_id: Key | None = Field(default=None, description="None: the whole gym")
    starts_on: SensibleDate
    ends_on: SensibleDate
    reason: Annotated[str, Text(200)] | None = None

    @model_validator(mode="after")
    def _check_days(self) -> Self:
        if self.ends_on < self.starts_on:
            raise ValueError(t("A closure ends on its first day or later."))
        if self.ends_on - self.starts_on >= MAX_CLOSURE:
            raise ValueError(
                count(
                    MAX_CLOSURE.days,
                    "A closure is at most {n} day long. Enter a longer one in parts.",
                    "A closure is at most {n} days long. Enter a longer one in parts.",
                )
            )
        return self


class ClosureItem(Schema):
    closure_id: int
    location_id: int | None = Field(description="None: the whole gym")
    starts_on: date
    ends_on: date
    reason: str | None
