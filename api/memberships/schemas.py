from datetime import date
from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator

from api.kit.schemas import Body, Key, Money, Schema, SensibleDate, Text
from core.translation import t


class MembershipCreate(Body):
    """Put a member on a plan."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"member_id": 1, "plan_id": 1, "starts_on": "2026-01-01"}]}
    )

    member_id: Key
    plan_id: Key
    starts_on: SensibleDate | None = Field(default=None, description="Today when left out")
    ends_on: SensibleDate | None = Field(
        default=None, description="Last day; the plan's duration from the start when left out"
    )

    @model_validator(mode="after")
    def _end_after_start(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError(t("The last day is before the first."))
        return self


class MembershipEndRequest(Body):
    """End a membership early, or let a cancelled one run to a later day of its term."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Moved away"}]})

    ends_on: SensibleDate | None = Field(default=None, description="Last day; today when left out")
    reason: Annotated[str, Text(500)] | None = None


class MembershipItem(Schema):
    membership_id: int
    member_id: int
    plan_id: int
    plan_name: str
    starts_on: date
    ends_on: date | None
    yearly_price: Money = Field(description="Agreed price of twelve months, major units")
    cancelled_on: date | None
    cancel_reason: str | None
