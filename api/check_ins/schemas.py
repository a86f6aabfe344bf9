from datetime import datetime
from typing import Annotated, Self

from pydantic import AliasChoices, ConfigDict, Field

from api.kit.schemas import Body, Key, Moment, Schema, Text
from api.kit.translation import translate
from core.access import Denial, DenialKind
from core.arrivals import Alert, AlertKind, format_alert
from core.limits import MAX_METHOD_LENGTH
from db.models import CheckIn

OverrideReason = Annotated[
    str,
    Text(300, min_length=1),
    Field(
        description="Let them in although the rules refuse it, and why. Needs the right to do so;"
        " where nothing speaks against the visit it is not kept"
    ),
]
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
    location_id: Key | None = Field(
        default=None, description="Where; the gym's only location when left out"
    )
    override_reason: OverrideReason | None = None


class CheckOutRequest(Body):
    """A member left. A time without offset is the gym's local time."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}]})

    check_out: Moment | None = Field(default=None, description="Now when left out")


class AlertItem(Schema):
    kind: DenialKind | AlertKind = Field(
        description="The first ones, of which `is_denial` is true, speak against the visit"
    )
    text: str = Field(description="A sentence for the desk", examples=["First visit in 19 days"])
    is_denial: bool = Field(description="By the rules the member may not enter")

    @classmethod
    def of(cls, alert: Alert) -> Self:
        return cls(kind=alert.kind, text=translate(format_alert(alert)), is_denial=False)

    @classmethod
    def of_denial(cls, denial: Denial) -> Self:
        return cls(kind=denial.kind, text=translate(denial.sentence), is_denial=True)


class CheckInItem(Schema):
    check_in_id: int
    member_id: int
    member_name: str
    check_in: datetime
    check_out: datetime | None
    method: str
    location_id: int | None = Field(description="Where; null when nobody said")
    override_reason: str | None = Field(
        description="Why somebody let them in although the rules refused it"
    )

    @classmethod
    def of(cls, visit: CheckIn, member_name: str) -> "CheckInItem":
        return CheckInItem(
            check_in_id=visit.check_in_id,
            member_id=visit.member_id,
            member_name=member_name,
            check_in=visit.check_in,
            check_out=visit.check_out,
            method=visit.method,
            location_id=visit.location_id,
            override_reason=visit.let_in_because,
        )


class Entry(CheckInItem):
    """A visit as it begins, with what the desk should know of the member."""

    alerts: list[AlertItem] = Field(
        description="What the desk should know now; empty for a visit that is written down later"
    )
