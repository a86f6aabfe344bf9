from datetime import datetime
from typing import Annotated, Self

from pydantic import AliasChoices, ConfigDict, Field

from api.kit.schemas import Body, Key, Moment, Schema, Text
from api.kit.translation import translate
from core.arrivals import Alert, AlertKind, format_alert
from core.limits import MAX_METHOD_LENGTH

Method = Annotated[str, Text(MAX_METHOD_LENGTH, min_length=1)]


class CheckInCreate(Body):
    """A member came. A time without offset is the gym's local time."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"member_id": 1, "check_in": "2026-01-15T10:00:00", "method": "qr"}]
        }
    )

    member_id: Key
    check_in: Moment | None = Field(
        default=None,
        validation_alias=AliasChoices("check_in", "check_in_time"),
        description="When they entered; now when left out. Also read as `check_in_time`",
    )
    method: Method = Field(
        default="manual", description="A label of how the visit was recorded; it checks nothing"
    )


class CheckOutRequest(Body):
    """A member left. A time without offset is the gym's local time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    check_out: Moment | None = Field(default=None, description="Now when left out")


class AlertItem(Schema):
    kind: AlertKind
    text: str = Field(description="A sentence for the desk", examples=["First visit in 19 days"])

    @classmethod
    def of(cls, alert: Alert) -> Self:
        return cls(kind=alert.kind, text=translate(format_alert(alert)))


class CheckInItem(Schema):
    check_in_id: int
    member_id: int
    member_name: str
    check_in: datetime
    check_out: datetime | None
    method: str


class Entry(CheckInItem):
    """A visit as it begins, with what the desk should know of the member."""

    alerts: list[AlertItem] = Field(
        description="What the desk should know now; empty for a visit that is written down later"
    )
