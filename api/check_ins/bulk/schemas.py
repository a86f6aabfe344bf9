from typing import Self

from pydantic import AliasChoices, ConfigDict, Field, model_validator

from api.check_ins.schemas import Method
from api.kit.schemas import Body, Key, Moment
from api.members.schemas import Number
from core.limits import MAX_BULK_ROWS
from core.translation import t


class BulkCheckIn(Body):
    """One visit. Times without offset are the gym's local time."""

    member_id: Key | None = None
    number: Number | None = Field(
        default=None, description="The gym's own number of the member, instead of member_id"
    )
    check_in: Moment = Field(
        validation_alias=AliasChoices("check_in", "check_in_time"),
        description="When they entered. Also read as `check_in_time`",
    )
    check_out: Moment | None = Field(default=None, description="When they left, if it is known")
    method: Method | None = Field(
        default=None, description="A label of how the visit was recorded; bulk when left out"
    )

    @model_validator(mode="after")
    def _name_one_member(self) -> Self:
        if (self.member_id is None) == (self.number is None):
            raise ValueError(t("Give member_id or number, one of the two."))
        return self


class BulkCheckIns(Body):
    """Visits in any order; a member's double taps among them are one visit."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "check_ins": [
                        {"member_id": 1, "check_in": "2026-01-15T10:00:00", "method": "qr"},
                        {
                            "number": "1024",
                            "check_in": "2026-01-15T10:02:00Z",
                            "check_out": "2026-01-15T11:30:00Z",
                        },
                    ]
                }
            ]
        }
    )

    # Reading ends at the limit: each mistake beyond it would take two kilobytes.
    check_ins: list[BulkCheckIn] = Field(min_length=1, max_length=MAX_BULK_ROWS)
