"""Members, what they pay for, and what is known of each."""

from typing import NotRequired, TypedDict


class Reason(TypedDict):
    code: str
    text: str
    numbers: NotRequired[dict[str, float | None]]


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
