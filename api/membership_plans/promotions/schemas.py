from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Amount, Body, Key, Money, Schema, SensibleDate, Text, Update
from core.money import MAX_PRICE

MAX_PLANS = 200
MAX_CODE_LENGTH = 40

Code = Annotated[str, Text(MAX_CODE_LENGTH, min_length=1)]
Name = Annotated[str, Text(100, min_length=1)]
Percent = Annotated[int, Field(ge=1, le=100)]
AmountOff = Annotated[Decimal, Amount(MAX_PRICE)]
Terms = Annotated[int, Field(ge=1, le=120)]
Uses = Annotated[int, Field(ge=1, le=1_000_000)]
PlanIds = Annotated[list[Key], Field(max_length=MAX_PLANS)]


class PromotionCreate(Body):
    """What whoever joins with the code pays less: `percent_off` or `amount_off`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "code": "SPRING",
                    "name": "Spring offer",
                    "percent_off": 50,
                    "terms": 3,
                    "valid_until": "2027-05-31",
                    "max_uses": 100,
                    "new_members_only": True,
                }
            ]
        }
    )

    code: Code = Field(description="What is typed; upper and lower case are the same")
    name: Name
    percent_off: Percent | None = None
    amount_off: AmountOff | None = Field(
        default=None, description="Of each term, major units of the gym's currency"
    )
    terms: Terms = Field(default=1, description="For how many first terms")
    valid_from: SensibleDate | None = Field(
        default=None, description="First day of selling with it"
    )
    valid_until: SensibleDate | None = Field(default=None, description="Last day")
    max_uses: Uses | None = Field(default=None, description="By how many members; null: any number")
    new_members_only: bool = Field(default=False, description="Only for who never had a membership")
    plan_ids: PlanIds = Field(default=[], description="Plans that it is for; none: all")


class PromotionUpdate(Update):
    """Only the fields that are sent are changed. Who has joined keeps what was agreed."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"is_active": False}]})
    required = ("code", "name", "terms", "new_members_only", "plan_ids", "is_active")

    code: Code | None = None
    name: Name | None = None
    percent_off: Percent | None = None
    amount_off: AmountOff | None = None
    terms: Terms | None = None
    valid_from: SensibleDate | None = None
    valid_until: SensibleDate | None = None
    max_uses: Uses | None = None
    new_members_only: bool | None = None
    plan_ids: PlanIds | None = None
    is_active: bool | None = Field(default=None, description="False retires the code")


class PromotionItem(Schema):
    promotion_id: int
    code: str
    name: str
    percent_off: int | None
    amount_off: Money | None
    terms: int
    valid_from: date | None
    valid_until: date | None
    max_uses: int | None
    new_members_only: bool
    plan_ids: list[int]
    is_active: bool
    uses: int = Field(description="Members who joined with it")
