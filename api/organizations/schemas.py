"""A gym's own profile."""

from datetime import datetime
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field, Strict

from api.kit.schemas import Email, Schema, Text, Update
from core.money import check_currency
from core.risk.rule import FEWEST_DAYS, FEWEST_GAPS, MOST_DAYS, MOST_GAPS
from core.translation import Language, t


def check_timezone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError(t("This is not a time zone of the IANA list, such as Europe/Lisbon."))
    return name


Name = Annotated[str, Text(200, min_length=1)]
# Without "@": a sign-in name must never look like somebody else's address.
Username = Annotated[str, Text(40, min_length=3, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
TimeZone = Annotated[str, Text(64), AfterValidator(check_timezone)]
Currency = Annotated[str, Text(3), AfterValidator(str.upper), AfterValidator(check_currency)]
BrandColour = Annotated[
    str,
    Text(7, pattern=r"^#[0-9A-Fa-f]{6}$"),
    AfterValidator(str.lower),
]
LanguageName = Annotated[Language, Strict(False)]
MailPauseDays = Annotated[
    int,
    Field(ge=1, le=90, description="Days between two campaign mails to one member"),
    Strict(),
]
AbsenceDays = Annotated[
    int,
    Field(
        ge=FEWEST_DAYS,
        le=MOST_DAYS,
        description="Days without a visit after which a member is at risk",
        examples=[14],
    ),
    Strict(),
]
AbsenceGaps = Annotated[
    int,
    Field(
        ge=FEWEST_GAPS,
        le=MOST_GAPS,
        description="Times their usual gap that it has to be as well",
        examples=[3],
    ),
    Strict(),
]
MailDailyLimit = Annotated[int, Field(ge=1, le=1_000_000), Strict()]
Line = Annotated[str, Text(500)]
Phone = Annotated[str, Text(50)]


class OrganizationDetail(Schema):
    """The gym that is signed in, and whether it can send mail."""

    gym_id: int
    name: str = Field(examples=["Riverside Gym"])
    username: str = Field(description="Sign-in name of the owner", examples=["riverside"])
    email: str = Field(description="Address of the owner", examples=["ana@example.com"])
    email_confirmed: bool = Field(description="By the link in a mail; needed before mail is sent")
    phone: str | None = Field(examples=["+351 210 000 000"])
    address: str | None = Field(examples=["Rua do Rio 1, Lisbon"])
    timezone: str = Field(
        description="Days and local times are those of this time zone", examples=["Europe/Lisbon"]
    )
    pending_timezone: str | None = Field(
        default=None,
        description="The time zone that a job (`time_zone`) is moving the gym to",
        examples=[None],
    )
    currency: str = Field(examples=["EUR"])
    language: Language = Field(description="Of mails and reports", examples=["pt-BR"])
    brand_colour: str | None = Field(
        description="Of mails, papers and charts, as #rrggbb; null: the platform's",
        examples=["#b3261e"],
    )
    has_logo: bool = Field(description="Whether `GET /organizations/me/logo` has one")
    reply_to: str | None = Field(
        description="Where members' answers go; the owner's address when empty",
        examples=["hello@example.com"],
    )
    reply_to_confirmed: bool = Field(
        description="By the link in a mail; until then answers go to the owner's address. The "
        "link goes there once the owner's address is confirmed: if that came later, ask for it "
        "with `POST /organizations/me/email-confirmation`"
    )
    mails_daily_report: bool = Field(
        description="Each morning the owner gets yesterday's attendance report by mail, at an "
        "address that is confirmed"
    )
    sends_payment_reminders: bool = Field(
        description="Members are reminded of a payment that is due or overdue: by SMS where they "
        "agreed to it and SMS can be sent, else by mail if they may be mailed"
    )
    enforces_access: bool = Field(
        description="The desk refuses a member who may not enter; false: it is only warned"
    )
    debt_grace_days: int = Field(
        description="Days for which a member who has not paid may still enter, from the first"
        " unpaid one"
    )
    absence_days: int = Field(
        description="Days without a visit after which a member is at risk, if it is also longer"
        " than `absence_gaps` times their usual gap"
    )
    absence_gaps: int = Field(description="See `absence_days`")
    mail_pause_days: int = Field(
        description="Days between two campaign mails to one member and to one address"
    )
    mail_daily_limit: int | None = Field(
        description="Campaign mails in 24 hours at most; null: as many as the platform allows"
    )
    sms_problem: str | None = Field(description="Why SMS cannot be sent")
    email_configured: bool = Field(description="The platform has a mail server")
    email_ready: bool = Field(description="Mail can be sent now: also, the address is confirmed")
    email_problem: str | None = Field(description="Why mail cannot be sent")


class LinkMailed(Schema):
    """A link is on its way to an address that is not confirmed yet."""

    address: str = Field(examples=["ana@example.com"])
    expires_at: datetime = Field(description="When the link ends")


class OrganizationUpdate(Update):
    """What is left out stays as it is."""

    required = (
        "name",
        "username",
        "email",
        "timezone",
        "currency",
        "language",
        "mails_daily_report",
        "sends_payment_reminders",
        "enforces_access",
        "debt_grace_days",
        "absence_days",
        "absence_gaps",
        "mail_pause_days",
    )

    name: Name | None = Field(default=None, examples=["Riverside Gym"])
    username: Username | None = None
    email: Email | None = None
    phone: Phone | None = Field(default=None, examples=["+351 210 000 000"])
    address: Line | None = None
    timezone: TimeZone | None = Field(default=None, examples=["Europe/Lisbon"])
    currency: Currency | None = Field(
        default=None, description="Fixed after the first transaction", examples=["EUR"]
    )
    language: LanguageName | None = Field(
        default=None, description="Of mails and reports", examples=["pt-BR"]
    )
    brand_colour: BrandColour | None = Field(
        default=None,
        description="Of mails, papers and charts, as #rrggbb. Letters on it are white or dark,"
        " whichever is easier to read; where it would not be seen it is made darker or lighter",
        examples=["#b3261e"],
    )
    reply_to: Email | None = Field(default=None, examples=["hello@example.com"])
    mails_daily_report: bool | None = Field(
        default=None, description="Mail yesterday's attendance report to the owner each morning"
    )
    sends_payment_reminders: bool | None = Field(
        default=None, description="Remind members of payments by SMS or mail, once for each"
    )
    enforces_access: bool | None = Field(
        default=None,
        description="Refuse at the desk who may not enter by plan, place and time; staff with the "
        "right to do so let them in all the same",
    )
    debt_grace_days: Annotated[int, Field(ge=0, le=365)] | None = Field(
        default=None, description="Of who has not paid; 0: they enter no more", examples=[7]
    )
    absence_days: AbsenceDays | None = None
    absence_gaps: AbsenceGaps | None = None
    mail_pause_days: MailPauseDays | None = None
    mail_daily_limit: MailDailyLimit | None = Field(
        default=None, description="null: as many as the platform allows", examples=[200]
    )
