from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, ConfigDict, Field, Strict

from api.kit.schemas import Amount, Body, Money, Schema, Text, Update
from core.money import MAX_PRICE
from core.plans import PlanKind
from core.text import fold
from core.translation import t

MAX_FEATURES = 20


def _keep_each_once(features: list[str]) -> list[str]:
    keys = [fold(feature) for feature in features]
    if len(set(keys)) < len(keys):
        raise ValueError(t("One of the features is there twice."))
    return features


Name = Annotated[str, Text(100, min_length=1)]
Kind = Annotated[PlanKind, Strict(False)]
Price = Annotated[Decimal, Amount(MAX_PRICE)]
Months = Annotated[int, Field(ge=0, le=120)]
Days = Annotated[int, Field(ge=0, le=366)]
Visits = Annotated[int, Field(ge=1, le=1000)]
Features = Annotated[
    list[Annotated[str, Text(60, min_length=1)]],
    Field(max_length=MAX_FEATURES),
    AfterValidator(_keep_each_once),
]
Capacity = Annotated[int, Field(ge=1, le=1_000_000)]
Description = Annotated[str, Text(2000)]


class PlanCreate(Body):
    """What the gym sells: a price for some months or days, or for the visits of a pack."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"name": "Monthly", "duration_months": 1, "price": 49.9},
                {
                    "name": "Ten visits",
                    "kind": "pack",
                    "duration_months": 6,
                    "visits": 10,
                    "price": 90,
                    "features": ["All classes", "Towels"],
                },
            ]
        }
    )

    name: Name
    kind: Kind = Field(default=PlanKind.RECURRING, description="How it runs and ends")
    duration_months: Months = Field(default=0, description="Or the length in days")
    duration_days: Days = Field(default=0, description="Of a day pass; a trial's or pack's if any")
    price: Price = Field(description="Of the whole duration, major units of the gym's currency")
    description: Description | None = None
    visits: Visits | None = Field(default=None, description="Of a pack")
    renews_automatically: bool = Field(
        default=False, description="Whether the next term begins by itself; of a recurring plan"
    )
    notice_days: Days = Field(default=0, description="From giving notice to the earliest last day")
    freeze_days_a_year: Days | None = Field(
        default=None, description="That a member may freeze; null: any number, 0: none"
    )
    freezes_a_year: Days | None = Field(
        default=None, description="How often a member may freeze in a year; null: any number"
    )
    shortest_freeze_days: Annotated[int, Field(ge=1, le=366)] | None = None
    features: Features = Field(default=[], description="What it includes, each in a few words")
    capacity: Capacity | None = Field(
        default=None, description="Members who may be on it at a time; null: any number"
    )


class PlanUpdate(Update):
    """Only the fields that are sent are changed. Running memberships keep their agreed price."""

    required = (
        "name",
        "kind",
        "duration_months",
        "duration_days",
        "price",
        "renews_automatically",
        "notice_days",
        "features",
        "is_active",
    )

    name: Name | None = None
    kind: Kind | None = Field(default=None, description="Fixed once somebody has held the plan")
    duration_months: Months | None = None
    duration_days: Days | None = None
    price: Price | None = None
    description: Description | None = None
    visits: Visits | None = None
    renews_automatically: bool | None = None
    notice_days: Days | None = None
    freeze_days_a_year: Days | None = None
    freezes_a_year: Days | None = None
    shortest_freeze_days: Annotated[int, Field(ge=1, le=366)] | None = None
    features: Features | None = None
    capacity: Capacity | None = None
    is_active: bool | None = Field(default=None, description="False retires the plan")


class PlanItem(Schema):
    plan_id: int
    name: str
    kind: PlanKind
    duration_months: int = Field(description="0 where the length is in days")
    duration_days: int = Field(description="0 where the length is in months")
    price: Money = Field(description="Of the whole duration, for who joins today")
    next_price: Money | None
    next_price_from: date | None = Field(description="The day on which the price changes next")
    description: str | None
    visits: int | None
    renews_automatically: bool
    notice_days: int
    freeze_days_a_year: int | None
    freezes_a_year: int | None
    shortest_freeze_days: int | None
    features: list[str]
    capacity: int | None
    is_active: bool
    members: int = Field(description="Members whose current plan this is")
