from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Amount, Body, Money, Schema, Text, Update
from core.money import MAX_PRICE

Name = Annotated[str, Text(100, min_length=1)]
Price = Annotated[Decimal, Amount(MAX_PRICE)]
Months = Annotated[int, Field(ge=1, le=120)]


class PlanCreate(Body):
    """A price for a number of months."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Monthly", "duration_months": 1, "price": 49.9}]}
    )

    name: Name
    duration_months: Months
    price: Price = Field(description="Of the whole duration, major units of the gym's currency")
    description: Annotated[str, Text(2000)] | None = None


class PlanUpdate(Update):
    """Only the fields that are sent are changed. Running memberships keep their agreed price."""

    required = ("name", "duration_months", "price", "is_active")

    name: Name | None = None
    duration_months: Months | None = None
    price: Price | None = None
    description: Annotated[str, Text(2000)] | None = None
    is_active: bool | None = Field(default=None, description="False retires the plan")


class PlanItem(Schema):
    plan_id: int
    name: str
    duration_months: int
    price: Money
    description: str | None
    is_active: bool
    members: int = Field(description="Members whose current plan this is")
