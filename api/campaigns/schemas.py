from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import ConfigDict, Field, Strict, model_validator

from api.at_risk.repository import AtRiskFilter
from api.at_risk.schemas import TabChoice
from api.campaigns.merge_fields import MAX_BODY_LENGTH, MAX_SUBJECT_LENGTH, ProblemCode
from api.kit.schemas import Body, Key, Money, Schema, Text
from api.kit.search import HOW_TO_SEARCH
from api.kit.translation import TranslatedText
from core.risk.scoring import ReasonCode
from core.translation import t
from db.mail_eligibility import SkipReason
from db.models import NotificationState
from db.stats.at_risk import Tab

MAX_AUDIENCE = 10_000
PREVIEWS_ON_A_PAGE = 10

Keys = Annotated[list[Key], Field(min_length=1, max_length=MAX_AUDIENCE, fail_fast=True)]
_EXAMPLE: dict[str, Any] = {
    "member_ids": [12, 35],
    "subject": "We miss you at {{gym}}",
    "body": "Hi {{first_name|there}},\n\nit has been a while. See you this week?\n\n{{gym}}",
}


class AudienceFilter(Body):
    """Members at risk, as `/analytics/at-risk` takes them."""

    tab: Annotated[TabChoice, Strict(False)] = TabChoice.ALL
    search: Annotated[str, Text(100)] | None = Field(
        default=None, description=HOW_TO_SEARCH, examples=["zaneta nov"]
    )
    plan_id: Key | None = None
    reason: Annotated[ReasonCode, Strict(False)] | None = None

    def to_rule(self) -> AtRiskFilter:
        return AtRiskFilter(self.tab.tab, self.search or None, self.plan_id, self.reason)


class Audience(Body):
    """The recipients: the gym's own members, by id or by filter. No field takes an address."""

    member_ids: Keys | None = None
    filter: AudienceFilter | None = None
    audience_id: Key | None = Field(default=None, description="A saved audience")
    include_dormant: bool | None = Field(
        default=None,
        description="Write to members away for 60 days or longer. When left out: yes for members "
        "chosen by id, no for a filter or an audience.",
    )

    @model_validator(mode="after")
    def _choose_once(self) -> Self:
        ways = (self.member_ids, self.filter, self.audience_id)
        if sum(way is not None for way in ways) != 1:
            raise ValueError(t("Give one of member_ids, filter and audience_id."))
        return self

    @property
    def takes_dormant(self) -> bool:
        if self.include_dormant is None:
            return self.member_ids is not None
        return self.include_dormant


class PreviewRequest(Audience):
    """A text that may still be wrong: `problems` in the response lists what to fix."""

    model_config = ConfigDict(json_schema_extra={"examples": [_EXAMPLE]})

    subject: Annotated[str, Text(MAX_SUBJECT_LENGTH * 10)] = ""
    body: Annotated[str, Text(MAX_BODY_LENGTH * 2)] = ""
    page: Annotated[int, Field(ge=1, le=MAX_AUDIENCE)] = 1


class CampaignCreate(Audience):
    model_config = ConfigDict(json_schema_extra={"examples": [{"name": "We miss you", **_EXAMPLE}]})

    name: Annotated[str, Text(120)] | None = Field(
        default=None, description="How the gym calls the campaign; the subject when left out"
    )
    subject: Annotated[str, Text(MAX_SUBJECT_LENGTH * 10)]
    body: Annotated[str, Text(MAX_BODY_LENGTH * 2)]


class RetryRequest(Body):
    """Without `message_ids` every failed mail of the campaign is tried again."""

    message_ids: Keys | None = None


class TemplateItem(Schema):
    key: str
    name: str
    tab: Tab | None = Field(
        description="Meant for the members on this tab of the list at risk; null: for anybody"
    )
    subject: str
    body: str


class MergeFieldItem(Schema):
    field: str = Field(description="As it is written in a text", examples=["{{first_name}}"])
    description: str
    example: str


class ProblemItem(Schema):
    code: ProblemCode
    text: TranslatedText = Field(description="What to put right, for the person who writes")


class PreviewItem(Schema):
    """The mail as one member would get it."""

    member_id: int
    name: str
    to: str
    subject: str
    body: str


Skipped = Annotated[
    dict[SkipReason, int], Field(description="Chosen but not written to, by reason")
]


class Preview(Schema):
    total: int = Field(description="Members chosen")
    will_send: int
    skipped: Skipped
    problems: list[ProblemItem]
    previews: list[PreviewItem] = Field(description="Ten of those who would get the mail")
    page: int
    size: int
    daily_limit: int | None = Field(
        description="Mails that your gym may send in 24 hours; null without a limit", examples=[50]
    )
    left_today: int | None = Field(
        description="How many of these are left, before this mail", examples=[50]
    )
    as_of: datetime = Field(description="Who is at risk, active or dormant is as of this moment")
    as_of_is_live: bool = Field(description="False for an imported history")
    notes: list[TranslatedText] = Field(
        description="What to know before sending; nothing that forbids it"
    )
    email_problem: str | None = Field(description="Why no mail can be sent now")


class CampaignItem(Schema):
    """Money in major units of `currency`."""

    campaign_id: int
    name: str
    subject: str
    body: str
    state: Literal["sending", "done"] = Field(description="sending while mails are queued")
    created_at: datetime
    sent: int
    failed: int
    queued: int
    skipped: Skipped
    came_back: int = Field(description="Members who visited after their mail was sent")
    came_back_value: Money = Field(description="What those members are worth in a year")
    currency: str


class MessageItem(Schema):
    message_id: int
    member_id: int
    name: str
    to: str
    state: NotificationState
    sent_at: datetime | None
    error: str | None = Field(description="Why it failed, or the reason it was skipped for")
    attempts: int
    came_back_at: datetime | None = Field(description="First visit after the mail was sent")
