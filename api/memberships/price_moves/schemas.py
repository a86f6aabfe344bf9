from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Key, Money, Schema, SensibleDate

MembershipIds = Annotated[list[Key], Field(min_length=1, max_length=1000)]


class PriceMoveRequest(Body):
    """Let members pay the plan's price from their next term on."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"starts_on": "2027-01-01"}, {"membership_ids": [1]}]}
    )

    starts_on: SensibleDate | None = Field(
        default=None,
        description="From the first term that begins on this day or later, at the plan's price of"
        " this day; today when left out",
    )
    membership_ids: MembershipIds | None = Field(
        default=None, description="Memberships on the plan; all of them when left out"
    )


class WithdrawPriceMoveRequest(Body):
    """Let members keep the price they pay."""

    model_config = ConfigDict(json_schema_extra={"examples": [{}, {"membership_ids": [1]}]})

    membership_ids: MembershipIds | None = Field(
        default=None, description="Memberships on the plan; all of them when left out"
    )


class StaysBecause(StrEnum):
    """Why a membership on the plan keeps its price."""

    PAYS_IT = "pays_it"
    ENDS = "ends"
    OTHER_LENGTH = "other_length"
    NO_TERMS = "no_terms"


class PriceMoveItem(Schema):
    membership_id: int
    member_id: int
    member_name: str
    price_before: Money = Field(description="What the term would cost without the move")
    price: Money
    term: int = Field(description="The number of the first term at the price")
    starts_on: date = Field(description="First day of that term, as things are now")


class PriceMoveGroup(Schema):
    """Members who pay the same before and after."""

    price_before: Money
    price: Money
    members: int
    first_day: date = Field(description="On which the first of them has the price")
    last_day: date = Field(description="On which the last of them has it")


class StayingGroup(Schema):
    because: StaysBecause
    members: int


class PriceMoves(Schema):
    """What moving would do, and what was agreed and has not taken effect."""

    starts_on: date
    price: Money = Field(description="The plan's price on that day")
    members: int = Field(description="How many would be moved")
    groups: list[PriceMoveGroup]
    listed: list[PriceMoveItem] = Field(description="Who would be moved, by name; the first 200")
    staying: list[StayingGroup]
    to_come: list[PriceMoveGroup] = Field(description="Moves that can still be withdrawn")


class PriceMoveResult(Schema):
    changed: int = Field(description="Memberships of which something was changed")
    unchanged: int = Field(description="Memberships that stay as they were")
