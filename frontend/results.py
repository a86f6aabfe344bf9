"""Shapes of the API's answers, as far as the dashboard reads them."""

from typing import Any, Generic, NotRequired, TypedDict, TypeVar

Item = TypeVar("Item")


class Page(TypedDict, Generic[Item]):
    items: list[Item]
    total: int
    page: int
    size: int


class GymOfUser(TypedDict):
    gym_id: int
    name: str
    timezone: str
    currency: str


class Me(TypedDict):
    user_id: int
    name: str | None
    email: str
    username: str
    role: str
    gym: GymOfUser | None


class Session(TypedDict):
    session: str
    max_age: int
    me: Me


class AccessToken(TypedDict):
    access_token: str
    expires_in: int
    me: NotRequired[Me]


class Organization(TypedDict):
    gym_id: int
    name: str
    username: str
    email: str
    phone: str | None
    address: str | None
    timezone: str
    currency: str
    reply_to: str | None
    mails_daily_report: bool
    email_ready: bool
    email_problem: str | None


class ReportMember(TypedDict):
    member_id: int
    name: str
    days_away: NotRequired[int]


class AttendanceReport(TypedDict):
    day: str
    visits: int
    unique_members: int
    peak_hour: int | None
    peak_visits: int
    first_timers: int
    returned: int
    is_complete: bool
    is_outdated: bool
    computed_at: str
    hours: list[int]
    first_timer_members: list[ReportMember]
    returned_members: list[ReportMember]


class JobProgress(TypedDict):
    rows_read: int
    loaded: int
    duplicates: int
    unchanged: int
    errors: int
    share: float


class Job(TypedDict):
    job_id: int
    job: str
    state: str
    progress: JobProgress
    result: dict[str, Any] | None
    error: str | None


class Contribution(TypedDict):
    group: str
    contribution: float
    text: str


class SpeakingModel(TypedDict):
    model_id: int
    label: str
    scope: str
    trained_to: str
    auc: float | None


class CancelOutlook(TypedDict):
    probability: float


class ChurnRisk(TypedDict):
    member_id: int
    probability: float
    level: str
    source: str
    contributions: list[Contribution]
    model: SpeakingModel | None
    cancel: CancelOutlook | None
    note: str | None


class ChurnModel(TypedDict):
    model_id: int
    label: str
    scope: str
    as_of: str
    train_to: str
    is_current: bool
    decision: str
    measured: dict[str, Any] | None
    alarms: list[str]
    card: str


class RiskModel(TypedDict):
    model_id: int
    scope: str
    as_of: str | None


class Reason(TypedDict):
    code: str
    text: str


class ReasonCount(TypedDict):
    code: str
    label: str
    members: int


class Week(TypedDict):
    week: str
    visits: int


class Overview(TypedDict):
    as_of: str
    as_of_is_live: bool
    computed_at: str | None
    currency: str
    gym_name: str
    active_members: int
    at_risk: int
    at_risk_yearly_value: float
    at_risk_tabs: dict[str, int]
    reasons: list[ReasonCount]
    visits_7_days: int
    visits_7_days_before: int
    joined_28_days: int
    ended_28_days: int
    revenue_30_days: float
    revenue_30_days_before: float
    mailed_30_days: int
    came_back_30_days: int
    retention_rate: float | None
    weekly_visits: list[Week]
    risk_model: RiskModel | None


class Day(TypedDict):
    day: str
    visits: int


class Hour(TypedDict):
    weekday: int
    hour: int
    visits: float


class Visits(TypedDict):
    as_of: str
    days: list[Day]
    hours: list[Hour]


class Cohort(TypedDict):
    month: str
    joined: int
    kept: list[float | None]


class Month(TypedDict):
    month: str
    active_at_start: int
    ended: int
    joined: int
    churn_rate: float | None


class Retention(TypedDict):
    as_of: str | None
    computed_at: str | None
    retention_rate: float | None
    churned: int | None
    total: int | None
    monthly: list[Month]
    cohorts: list[Cohort]


class AtRiskMember(TypedDict):
    member_id: int
    number: str | None
    name: str | None
    email: str | None
    can_email: bool
    email_block: str | None
    risk: float
    tab: str
    reasons: list[Reason]
    last_visit: str | None
    inactive_days: int | None
    yearly_value: float | None
    plan_name: str | None
    visits_per_week: list[int]
    last_mailed_at: str | None


class AtRiskPage(Page[AtRiskMember]):
    as_of: str
    as_of_is_live: bool
    computed_at: str | None
    currency: str
    yearly_value: float | None
    tabs: dict[str, int]


class MemberIds(TypedDict):
    member_ids: list[int]
    total: int


class Membership(TypedDict):
    membership_id: int
    plan_id: int
    plan_name: str
    starts_on: str
    ends_on: str | None
    yearly_price: float
    cancelled_on: str | None
    cancel_reason: str | None


class Member(TypedDict):
    member_id: int
    number: str | None
    name: str | None
    email: str | None
    phone: str | None
    status: str
    status_known: bool
    plan_id: int | None
    plan_name: str | None
    join_date: str | None
    last_visit: str | None
    inactive_days: int | None
    visits: int
    segment: str | None
    yearly_value: float | None
    email_consent: str


class MemberDetail(Member):
    birth_date: str | None
    gender: str | None
    notes: str | None
    at_risk: bool
    risk: float | None
    reasons: list[Reason]
    clv_value: float | None
    average_order_value: float | None
    forecast_value: float | None
    forecast_low: float | None
    forecast_high: float | None
    forecast_basis: str | None
    forecast_stay: float | None
    forecast_units: float | None
    forecast_unit_value: float | None
    visits_per_week: list[int]
    memberships: list[Membership]


class MemberMessage(TypedDict):
    message_id: int
    campaign_id: int | None
    subject: str
    state: str
    sent_at: str | None


class MembershipPlan(TypedDict):
    plan_id: int
    name: str
    duration_months: int
    price: float
    description: str | None
    is_active: bool


class CheckIn(TypedDict):
    check_in_id: int
    member_id: int
    check_in: str
    check_out: str | None
    method: str | None


class Template(TypedDict):
    key: str
    name: str
    subject: str
    body: str


class MergeField(TypedDict):
    field: str
    description: str
    example: str


class Problem(TypedDict):
    code: str
    text: str


class MailPreview(TypedDict):
    member_id: int
    name: str | None
    to: str | None
    subject: str
    body: str


class CampaignPreview(TypedDict):
    total: int
    will_send: int
    skipped: dict[str, int]
    problems: list[Problem]
    previews: list[MailPreview]
    email_problem: str | None


class Campaign(TypedDict):
    campaign_id: int
    name: str | None
    subject: str
    body: str
    state: str
    created_at: str
    sent: int
    failed: int
    queued: int
    skipped: dict[str, int]
    came_back: int
    came_back_value: float | None


class CampaignMessage(TypedDict):
    message_id: int
    member_id: int
    name: str | None
    to: str | None
    state: str
    sent_at: str | None
    error: str | None
    attempts: int
    came_back_at: str | None


class ImportItem(TypedDict):
    import_id: int
    kind: str
    state: str
    filename: str
    mapping: dict[str, str]
    rows: int
    loaded: int
    duplicates: int
    unchanged: int
    errors: int
    dry_run: bool
    problem: str | None


class Import(ImportItem):
    """What became of one file, with what was understood of it."""

    sample_errors: list[dict[str, Any]]
    columns: list[str]
    guess: dict[str, str]
    date_order: str
    notes: list[str]
