from datetime import date, datetime
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, Strict, model_validator

from api.kit.schemas import Body, Key, Money, Schema, SensibleDate, Text
from api.membership_plans.promotions.schemas import Code
from core.memberships.facts import MembershipState
from core.memberships.moves import MembershipMove
from core.translation import t
from db.models import LeavingReason, MembershipEventKind

Reason = Annotated[str, Text(500)]
Leaving = Annotated[LeavingReason, Strict(False)]


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
    renews_automatically: bool | None = Field(
        default=None,
        description="Another term follows until it is cancelled; as the plan when left out",
    )

    code: Code | None = Field(default=None, description="Of a promotion")

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.starts_on and self.ends_on and self.ends_on < self.starts_on:
            raise ValueError(t("The last day is before the first."))
        if self.ends_on and self.renews_automatically:
            raise ValueError(t("What renews by itself has no last day: leave it out."))
        return self


class FreezeRequest(Body):
    """Rest from today or a later day. What is paid moves behind the freeze."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"starts_on": "2026-12-01", "ends_on": "2026-12-21", "reason": "Knee surgery"}
            ]
        }
    )

    starts_on: SensibleDate | None = Field(default=None, description="Today when left out")
    ends_on: SensibleDate = Field(description="Last frozen day")
    reason: Reason | None = None


class UnfreezeRequest(Body):
    """Train again from today, or take back a freeze that has not begun."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Back earlier"}]})

    freeze_id: Key | None = Field(
        default=None, description="Which freeze; the one of today when left out"
    )
    reason: Reason | None = None


class CancelRequest(Body):
    """Give notice. Without `last_day` it ends on `ends_if_cancelled`."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "moving", "note": "To another city in May"}]}
    )

    reason: Leaving
    note: Reason | None = Field(default=None, description="In the member's words")
    last_day: SensibleDate | None = Field(default=None, description="Where another one was agreed")


class WithdrawRequest(Body):
    """Take the notice back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Stays after all"}]})

    reason: Reason | None = None


class RenewRequest(Body):
    """Pay for a term. Its number makes a repeated request do nothing."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"term": 2}]})

    term: int = Field(ge=1, le=100_000, description="The membership's `next_term`")
    reason: Reason | None = None


class DebtRequest(Body):
    """Say that a membership is not paid for, and since when."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"unpaid_since": "2026-11-01"}]})

    unpaid_since: SensibleDate | None = Field(
        default=None,
        description="First day that is not paid for, from the membership's first day to today;"
        " today when left out",
    )
    reason: Reason | None = None


class PaidRequest(Body):
    """Nothing is owed any more."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"reason": "Paid in cash"}]})

    reason: Reason | None = None


class PlanChangeRequest(Body):
    """End the membership the day before, and begin another plan."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"plan_id": 2, "starts_on": "2026-12-01"}]}
    )

    plan_id: Key
    starts_on: SensibleDate | None = Field(
        default=None, description="First day of the other plan; today when left out"
    )
    renews_automatically: bool | None = Field(default=None, description="As the plan when left out")
    reason: Reason | None = None


class PlanChangePreview(Schema):
    """What changing the plan costs. Money in major units."""

    starts_on: date = Field(description="First day of the other plan")
    last_day: date = Field(description="Last day of the membership as it is")
    credit: Money = Field(description="What was paid and not used")
    price: Money = Field(description="Of the first term of the other plan")
    to_pay: Money = Field(description="The price less the credit; 0 where the credit is more")
    paid_until: date


class MembershipItem(Schema):
    membership_id: int
    member_id: int
    plan_id: int
    plan_name: str
    state: MembershipState = Field(description="Today")
    starts_on: date
    ends_on: date | None
    paid_until: date | None = Field(description="None where no terms are known")
    renews_automatically: bool
    yearly_price: Money = Field(description="Agreed price of twelve months, major units")
    unpaid_since: date | None = Field(
        description="First day that is not paid for, as the gym says; null while nothing is owed"
    )
    cancelled_on: date | None
    leaving_reason: LeavingReason | None
    cancel_reason: str | None = Field(description="In the member's words")


class TermItem(Schema):
    term: int
    starts_on: date
    ends_on: date
    price: Money
    renewed_on: date


class FreezeItem(Schema):
    freeze_id: int
    starts_on: date
    ends_on: date
    reason: str | None


class MembershipEventItem(Schema):
    happened_at: datetime
    kind: MembershipEventKind
    by: str | None = Field(description="Who did it; none: the platform")
    reason: str | None
    details: dict[str, Any]


class MembershipDetail(MembershipItem):
    possible_moves: list[MembershipMove] = Field(description="What can be done with it today")
    months: int | None = Field(description="Of one term")
    days: int | None = Field(description="Of one term, where it is of days")
    next_term: int | None = Field(description="The number of the term that a renewal pays for")
    next_price: Money | None = Field(description="What that term costs, major units")
    ends_if_cancelled: date | None = Field(description="Its last day if notice is given today")
    notice_days: int = Field(description="The plan's notice period")
    replaces_id: int | None = Field(description="The membership that was changed into this one")
    credit: Money = Field(description="What was not used of that one, major units")
    terms: list[TermItem] = Field(description="Newest first; the last hundred")
    freezes: list[FreezeItem]
    history: list[MembershipEventItem] = Field(description="Newest first; the last hundred")
