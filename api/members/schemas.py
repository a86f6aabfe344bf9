from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import ConfigDict, Field, Strict, model_validator

from api.at_risk.schemas import ReasonItem, RiskSource
from api.kit.schemas import Body, Email, Key, Money, Schema, SensibleDate, Text, Update
from api.memberships.schemas import MembershipItem
from api.tags.schemas import TagName
from core.limits import (
    MAX_ADDRESS_LENGTH,
    MAX_GENDER_LENGTH,
    MAX_NAME_LENGTH,
    MAX_NUMBER_LENGTH,
    MAX_PHONE_LENGTH,
    MAX_RELATION_LENGTH,
)
from core.translation import t
from db.models import Consent, EmailConsent, ForecastBasis, MemberStatus, Standing
from db.stats.at_risk import Tab

Name = Annotated[str, Text(MAX_NAME_LENGTH, min_length=1)]
Number = Annotated[str, Text(MAX_NUMBER_LENGTH, min_length=1)]
Phone = Annotated[str, Text(MAX_PHONE_LENGTH)]


class ChosenStanding(StrEnum):
    """What staff may make of somebody. Erased and merged follow from what was done."""

    MEMBER = Standing.MEMBER
    STAFF = Standing.STAFF
    GUEST = Standing.GUEST
    ARCHIVED = Standing.ARCHIVED


class MemberFields(Body):
    """The fields of a member that can be set, when adding and when editing."""

    number: Number | None = Field(
        default=None, description="The gym's own number or key, unique in the gym"
    )
    email: Email | None = None
    phone: Phone | None = Field(
        default=None, description="As the member writes it; a foreign one begins with +"
    )
    address: Annotated[str, Text(MAX_ADDRESS_LENGTH)] | None = None
    birth_date: SensibleDate | None = None
    gender: Annotated[str, Text(MAX_GENDER_LENGTH)] | None = None
    emergency_contact: Name | None = Field(default=None, description="Who is called for them")
    emergency_phone: Phone | None = None
    emergency_relation: Annotated[str, Text(MAX_RELATION_LENGTH)] | None = Field(
        default=None, description="Who that is to the member", examples=["mother"]
    )
    trainer_id: Key | None = None
    email_consent: bool | None = Field(
        default=None, description="The member agreed (true) or refused (false) to get mail"
    )
    sms_consent: bool | None = Field(
        default=None,
        description="The member agreed (true) or refused (false) to get payment reminders by SMS",
    )


class MemberCreate(MemberFields):
    """`name`, or `first_name` and `last_name`, which are stored as one name."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "email": "member@example.com",
                    "first_name": "John",
                    "last_name": "Doe",
                    "phone": "+1234567890",
                    "email_consent": True,
                }
            ]
        }
    )

    name: Name | None = None
    first_name: Annotated[str, Text(100)] | None = None
    last_name: Annotated[str, Text(100)] | None = None
    join_date: SensibleDate | None = Field(default=None, description="Today when left out")
    plan_id: Key | None = Field(default=None, description="Starts a membership on the join date")

    @model_validator(mode="after")
    def _join_names(self) -> Self:
        if self.name is None:
            self.name = " ".join(part for part in (self.first_name, self.last_name) if part)
        if not self.name:
            raise ValueError(t("Give name, or first_name and last_name."))
        return self


class MemberUpdate(MemberFields, Update):
    """Only the fields that are sent are changed; null clears one."""

    required = ("name", "join_date", "standing")

    name: Name | None = None
    join_date: SensibleDate | None = None
    standing: Annotated[ChosenStanding, Strict(False)] | None = Field(
        default=None,
        description="staff and guest come in by the door and are no members: in no count, no risk,"
        " no segment and no mail. archived: hidden until it is a member again",
    )


class MemberItem(Schema):
    """A member as lists show one. Money in major units of the gym's currency."""

    member_id: int
    number: str | None
    name: str
    email: str | None
    phone: str | None
    standing: Standing
    status: MemberStatus
    status_known: bool = Field(description="False when no membership is on record")
    plan_id: int | None
    plan_name: str | None
    join_date: date
    last_visit: date | None
    inactive_days: int | None = Field(description="Days from the last visit to the gym's as_of")
    visits: int
    segment: str | None
    yearly_value: Money | None
    email_consent: EmailConsent
    tags: list[str] = Field(description="By name")
    birth_date: date | None
    trainer_id: int | None
    tab: Tab | None = Field(description="Of the members at risk; null: not at risk")


class MemberDetail(MemberItem):
    """One member in full."""

    phone_e164: str | None = Field(
        description="The phone number as E.164 writes it, read with the country of the gym's time"
        " zone; null where it cannot be dialled from anywhere",
        examples=["+5511998765432"],
    )
    address: str | None
    gender: str | None
    emergency_contact: str | None
    emergency_phone: str | None
    emergency_relation: str | None
    email_consent_source: str | None
    email_consent_at: datetime | None
    sms_consent: Consent | None = Field(
        description="To payment reminders by SMS; null where nobody wrote it down"
    )
    sms_consent_at: datetime | None
    sms_consent_by: str | None = Field(description="Name of the user who wrote it down")
    merged_into: int | None = Field(
        description="The record of the same person that this one was merged into"
    )
    has_photo: bool = Field(description="`GET /members/{member_id}/photo` has it")
    at_risk: bool
    risk: float | None = Field(description="0 to 1; null for a member who is not at risk")
    risk_source: RiskSource | None = Field(description="What `risk` comes from; null like `risk`")
    reasons: list[ReasonItem]
    clv_value: Money | None
    average_order_value: Money | None
    forecast_value: Money | None = Field(
        description="Expected in the next 12 months: forecast_units x forecast_unit_value;"
        " null where no money is known or nothing was computed yet"
    )
    forecast_low: Money | None = Field(description="Lower end of the band that 8 in 10 fall into")
    forecast_high: Money | None = Field(description="Upper end of it")
    forecast_basis: ForecastBasis | None = Field(
        description="What the units are. contract: months of membership; visits: orders of a"
        " member who pays without one"
    )
    forecast_stay: float | None = Field(
        description="Chance to be a member still in 12 months, 0 to 1"
    )
    forecast_units: float | None = Field(description="Expected months or orders")
    forecast_unit_value: Money | None = Field(description="What one of them brings")
    spend: Money
    visits_per_week: list[int] = Field(description="Visited days in 12 weeks, oldest first")
    memberships: list[MembershipItem]


class MemberTags(Body):
    """All tags of a member. One that the gym does not have yet is made."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"tags": ["Morning crew", "Back pain"]}]}
    )

    tags: list[TagName] = Field(max_length=30)


class MemberMessageItem(Schema):
    message_id: int
    campaign_id: int
    subject: str
    state: str
    created_at: datetime
    sent_at: datetime | None
