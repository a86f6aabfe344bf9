from datetime import date

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Money, Schema, SensibleDate
from api.membership_plans.schemas import Price


class PriceCreate(Body):
    """Another price of a plan from a day on, for who joins from then."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"starts_on": "2027-01-01", "price": 54.9}]}
    )

    starts_on: SensibleDate = Field(description="A day after today")
    price: Price = Field(description="Of the whole duration, major units of the gym's currency")


class PriceItem(Schema):
    price_id: int
    starts_on: date
    price: Money
