from datetime import date, datetime

from pydantic import Field

from api.at_risk.schemas import ReasonItem, RiskSource
from api.kit.pagination import Page
from api.kit.schemas import Money, Schema
from core.risk.scoring import ReasonCode
from db.mail_eligibility import SkipReason
from db.stats.at_risk import Tab


class Dated(Schema):
    """Every figure has the moment it is for and when it was computed."""

    as_of: datetime
    as_of_is_live: bool = Field(
        description="False when the newest visit is over a week old, as in an imported history"
    )
    computed_at: datetime


class Tabs(Schema):
    drifting: int = Field(description="Last visit at most 45 days ago")
    gone: int = Field(description="Last visit 46 days ago or longer")
    not_started: int = Field(description="No visit in the 14 days after joining")
    all: int


class ReasonCount(Schema):
    code: ReasonCode
    label: str
    members: int


class WeekVisits(Schema):
    week: date = Field(description="First day of seven, the last of which is as_of's")
    visits: int


class RiskModel(Schema):
    """The gym's active churn model."""

    model_id: int
    label: str
    scope: str = Field(description="gym: learned from this gym; pooled: from several")
    as_of: date | None = Field(description="The day its newest scores are of")


class Overview(Dated):
    """The gym at a glance. Money in major units of `currency`."""

    gym_name: str
    currency: str
    active_members: int
    at_risk: int
    at_risk_yearly_value: Money
    at_risk_tabs: Tabs
    reasons: list[ReasonCount]
    visits_7_days: int = Field(
        description="On as_of's day, as far as it is, and the six before: for the whole days"
        " behind a trend see /analytics/visits"
    )
    visits_7_days_before: int = Field(description="On the seven days before those")
    joined_28_days: int
    ended_28_days: int
    revenue_30_days: Money
    revenue_30_days_before: Money
    mailed_30_days: int = Field(
        description="Members who got a mail in the 30 days until now, whatever `as_of` is"
    )
    came_back_30_days: int = Field(description="Of these, who visited after it")
    retention_rate: Money | None = Field(
        description="Percent seen in the last 90 days; null before the first computation"
    )
    weekly_visits: list[WeekVisits]
    risk_model: RiskModel | None = Field(description="null where only the rules are used")


class DayVisits(Schema):
    day: date
    visits: int


class HourVisits(Schema):
    weekday: int = Field(description="0 is Monday")
    hour: int = Field(description="Local hour")
    visits: float = Field(description="Mean of the last 12 weeks")


class Visits(Dated):
    days: list[DayVisits]
    hours: list[HourVisits]


class SegmentItem(Schema):
    segment: str
    members: int
    share: float = Field(description="Of all members scored, 0 to 1")
    median_recency: float = Field(description="Days")
    median_frequency: float = Field(description="Visits")
    median_monetary: Money
    clv_mean: Money
    forecast_mean: Money | None = Field(
        description="Expected of a member in the next 12 months; null where no money is known"
    )


class Segments(Schema):
    """Value segments as last computed. `computed_at` is null before the first time."""

    as_of: date | None
    computed_at: datetime | None
    method: str | None
    currency: str
    segments: list[SegmentItem]


class MonthlyChurn(Schema):
    month: str
    active_at_start: int
    ended: int
    joined: int
    churn_rate: float | None = Field(description="Percent of those active at the start")


class Cohort(Schema):
    month: str = Field(description="Month of joining")
    joined: int
    kept: list[float] = Field(description="Percent still members after 0, 1, 2 ... months")


class Retention(Schema):
    """Retention as last computed: nobody seen for over 90 days counts as kept."""

    as_of: date | None
    computed_at: datetime | None
    retention_rate: Money | None
    churned: int | None
    total: int | None
    monthly: list[MonthlyChurn]
    cohorts: list[Cohort]


class AtRiskItem(Schema):
    """A member at risk, why, and what they are worth."""

    member_id: int
    number: str | None
    name: str
    email: str | None
    can_email: bool
    email_block: SkipReason | None = Field(description="Why they cannot be mailed now")
    risk: float = Field(description="Chance that they do not visit within 30 days")
    risk_source: RiskSource = Field(
        description="Who says so: the gym's model, that of several gyms, or a documented table"
    )
    tab: Tab
    reasons: list[ReasonItem]
    last_visit: date | None
    inactive_days: int | None
    yearly_value: Money | None
    plan_name: str | None
    visits_per_week: list[int] = Field(description="Visited days in 12 weeks, oldest first")
    last_mailed_at: datetime | None


class AtRiskPage(Page[AtRiskItem], Dated):
    """One page of members at risk. `tabs` and `yearly_value` are of all that match."""

    currency: str
    yearly_value: Money
    tabs: Tabs


class AtRiskPreview(Schema):
    at_risk: int = Field(description="Members who are at risk by the gym's rule", examples=[36])
    would_be_at_risk: int = Field(description="By the one that was asked about", examples=[41])


class AtRiskIds(Schema):
    member_ids: list[int]
    total: int
