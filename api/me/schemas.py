from datetime import date, datetime

from pydantic import ConfigDict, Field

from api.kit.schemas import Body, Money, Schema
from api.memberships.schemas import FreezeItem, Leaving, Reason, TermItem
from core.memberships.facts import MembershipState
from core.memberships.moves import MembershipMove
from db.models import MemberStatus


class OwnCancelRequest(Body):
    """Give notice. The last day is that of the plan's notice period."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"reason": "moving", "note": "To another city in May"}]}
    )

    reason: Leaving
    note: Reason | None = Field(default=None, description="In one's own words")


class OwnMembership(Schema):
    """A membership as its member sees it: what holds and what they may do, without the notes of the
    staff."""

    membership_id: int
    plan_id: int
    plan_name: str
    state: MembershipState = Field(description="Today")
    starts_on: date
    ends_on: date | None
    paid_until: date | None = Field(description="None where no terms are known")
    renews_automatically: bool
    yearly_price: Money = Field(description="Agreed price of twelve months, major units")
    months: int | None = Field(description="Of one term")
    days: int | None = Field(description="Of one term, where it is of days")
    next_term: int | None
    next_price: Money | None = Field(description="What the next term costs, major units")
    possible_moves: list[MembershipMove] = Field(description="What the member can do today")
    ends_if_cancelled: date | None = Field(description="Its last day if notice is given today")
    notice_days: int = Field(description="The plan's notice period")
    freezes: list[FreezeItem]
    terms: list[TermItem] = Field(description="Newest first; the last hundred")


class OwnMember(Schema):
    member_id: int
    name: str
    number: str | None
    status: MemberStatus
    visits: int
    last_visit: date | None = Field(description="Local day")
    current_weeks: int = Field(description="Weeks in a row with a visit, up to this one")
    longest_weeks: int
    memberships: list[OwnMembership] = Field(description="Newest first")


class OwnVisit(Schema):
    check_in_id: int
    check_in: datetime
    check_out: datetime | None
