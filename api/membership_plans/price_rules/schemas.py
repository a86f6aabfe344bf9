from datetime import date
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Money, Schema, SensibleDate, Text
from api.membership_plans.promotions.schemas import Percent
from api.membership_plans.schemas import Price

Age = Annotated[int, Field(ge=0, le=150)]


class PriceRuleCreate(Body):
    """For whom a plan costs less: who begins in a time, is of an age, comes second in a household,
    or all of these."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"name": "Under 26", "percent_off": 20, "max_age": 25}]}
    )

    name: Annotated[str, Text(100, min_length=1)]
    percent_off: Percent | None = None
    price: Price | None = Field(
        default=None, description="Of a term instead, major units of the gym's currency"
    )
    joins_from: SensibleDate | None = Field(
        default=None, description="The membership begins on this day or later"
    )
    joins_until: SensibleDate | None = Field(
        default=None, description="It begins on this day or earlier"
    )
    min_age: Age | None = Field(default=None, description="In years on the first day")
    max_age: Age | None = Field(default=None, description="In years on the first day")
    further_only: bool = Field(
        default=False,
        description="Only for the second and further ones of a household: somebody else of it has a"
        " membership of a plan that costs something on the first day",
    )
    combines: bool = Field(
        default=False, description="Whether a promotion lowers its price further"
    )


class PriceRuleItem(Schema):
    rule_id: int
    name: str
    percent_off: int | None
    price: Money | None
    joins_from: date | None
    joins_until: date | None
    min_age: int | None
    max_age: int | None
    further_only: bool
    combines: bool
