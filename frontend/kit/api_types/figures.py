"""The gym in figures, and who is at risk in it."""

from typing import NotRequired, TypedDict

from frontend.kit.api_types.members import Reason
from frontend.kit.api_types.pages import Page


class ReasonCount(TypedDict):
    code: str
    label: str
    members: int


class Week(TypedDict):
    week: str
    visits: int


class RiskModel(TypedDict):
    model_id: int
    scope: str
    as_of: str | None


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
