from datetime import datetime

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Key, Money, Schema
from db.models import MemberStatus, Standing

MAX_PEOPLE = 20
"""People of one household."""


class HouseholdCreate(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"payer_id": 1, "member_ids": [2]}]})

    payer_id: Key = Field(description="The member who pays; they need not train")
    member_ids: list[Key] = Field(
        default_factory=list, max_length=MAX_PEOPLE - 1, description="For whom else they pay"
    )


class HouseholdMemberRequest(Body):
    model_config = ConfigDict(json_schema_extra={"examples": [{"member_id": 3}]})

    member_id: Key


class HouseholdPerson(Schema):
    member_id: int
    name: str
    number: str | None
    standing: Standing
    status: MemberStatus
    plan_name: str | None
    is_payer: bool
    paid: Money = Field(
        description="What the payer has paid for this person's memberships so far, less what went"
        " back, in major units of the gym's currency"
    )


class HouseholdItem(Schema):
    household_id: int
    payer_id: int
    people: list[HouseholdPerson] = Field(description="Who pays first, then by name")
    created_at: datetime
