"""A gym invented for the dashboard's tests: the same one each time, small enough to reason about.

120 members; every third one is at risk: 24 drifting, 12 gone, 4 not started.
"""

import datetime as dt
from typing import Any

from api.kit.permissions import ROLE_PERMISSIONS
from core.money import DECIMALS
from db.models import Role

TODAY = dt.date(2026, 11, 20)
NOW = "2026-11-20T09:30:00+00:00"
FIRST = ["Paula", "Gabi", "João", "Nina", "Daniel", "Elisa", "Marina", "Isabel", "Rafael", "Vera"]
LAST = ["Dias", "Gomes", "Ferreira", "Henriques", "Costa", "Barros", "Oliveira", "Nunes", "Silva"]
UNSAID_OF_A_PLAN: dict[str, Any] = {
    "kind": "recurring",
    "duration_months": 0,
    "duration_days": 0,
    "description": None,
    "next_price": None,
    "next_price_from": None,
    "visits": None,
    "renews_automatically": False,
    "notice_days": 0,
    "freeze_days_a_year": None,
    "freezes_a_year": None,
    "shortest_freeze_days": None,
    "features": [],
    "capacity": None,
    "is_active": True,
    "members": 0,
}
PLANS = [
    {"plan_id": 1, "name": "Basic", "duration_months": 1, "price": 29.0},
    {"plan_id": 2, "name": "Plus", "duration_months": 1, "price": 45.0},
    {"plan_id": 3, "name": "Unlimited", "duration_months": 12, "price": 690.0},
]
SEGMENTS = ["Loyalist", "High-Value", "New/Potential", "At Risk"]
BLOCKS = {3: "no_address", 6: "no_consent", 9: "unsubscribed", 12: "mailed_this_week"}


def days_before(days: int) -> str:
    return (TODAY - dt.timedelta(days=days)).isoformat()


def _away(index: int) -> tuple[str | None, int | None]:
    """Tab and days since the last visit of one member."""
    if index % 3:
        return None, index % 6
    rank = index // 3
    if rank < 24:
        return "drifting", 15 + rank
    return ("gone", 46 + rank * 3) if rank < 36 else ("not_started", None)


def count_tabs(members: list[dict[str, Any]]) -> dict[str, int]:
    tabs = ("drifting", "gone", "not_started")
    counts = {tab: sum(member["tab"] == tab for member in members) for tab in tabs}
    return {**counts, "all": len(members)}


def make_forecast(index: int, yearly_value: float) -> dict[str, Any]:
    """Of every sixth member no money is known; every fourth of the others pays by visit."""
    names = ("value", "low", "high", "basis", "stay", "units", "unit_value")
    if index % 6 == 5:
        return {f"forecast_{name}": None for name in names}
    basis, units, unit_value = "contract", 9.1714, round(yearly_value / 12, 2)
    if index % 4 == 3:
        basis, units, unit_value = "visits", 14.3, 8.5
    value = round(units * unit_value, 2)
    figures = (value, round(value * 0.7, 2), round(value * 1.2, 2), basis, 0.74, units, unit_value)
    return {f"forecast_{name}": figure for name, figure in zip(names, figures, strict=True)}


def make_member(index: int) -> dict[str, Any]:
    tab, away = _away(index)
    plan = PLANS[index % 3]
    name = f"{FIRST[index % 10]} {LAST[index % 9]}"
    block = BLOCKS.get(index)
    value = round(plan["price"] * 12 / plan["duration_months"], 2)
    reasons = []
    if tab == "not_started":
        reasons.append(
            {
                "code": "not_started",
                "text": "Joined 20 days ago and has not come yet",
                "numbers": {},
            }
        )
    elif tab:
        text = f"No visit for {away} days, usually every 3 days"
        reasons.append({"code": "no_visit", "text": text, "numbers": {"days": away}})
        if index % 2:
            reasons.append(
                {
                    "code": "visits_down",
                    "text": "Came 3 times a week before, 1 now",
                    "numbers": {"share": 0.7},
                }
            )
    weeks = [(index + week) % 4 for week in range(12)]
    if tab:
        weeks[-2:] = [0, 0]
    return {
        "member_id": index + 1,
        "number": f"{index + 1:05d}",
        "name": name,
        "email": None if block == "no_address" else f"member{index + 1}@example.com",
        "phone": None,
        "birth_date": "1990-04-02",
        "gender": None,
        "trainer_id": None,
        "phone_e164": None,
        "address": None,
        "emergency_contact": None,
        "emergency_phone": None,
        "emergency_relation": None,
        "tags": ["Morning crew"] if index % 10 == 3 else [],
        "standing": "member",
        "has_photo": False,
        "merged_into": None,
        "status": "active",
        "status_known": True,
        "plan_id": plan["plan_id"],
        "plan_name": plan["name"],
        "join_date": days_before(100 + index * 3),
        "last_visit": None if away is None else days_before(away),
        "inactive_days": away,
        "visits": 0 if away is None else 20 + index,
        "segment": "At Risk" if tab else SEGMENTS[index % 3],
        "yearly_value": value,
        "clv_value": value,
        "average_order_value": plan["price"],
        "spend": value,
        **make_forecast(index, value),
        "email_consent": {"no_consent": "unknown", "unsubscribed": "unsubscribed"}.get(
            block or "", "given"
        ),
        "email_consent_source": None,
        "email_consent_at": None,
        "sms_consent": None,
        "sms_consent_at": None,
        "sms_consent_by": None,
        "can_email": block is None,
        "email_block": block,
        "tab": tab,
        "risk": round(0.95 - index / 300, 2) if tab else None,
        "risk_source": "model" if tab else None,
        "reasons": reasons,
        "memberships": [],
        "at_risk": tab is not None,
        "visits_per_week": weeks,
        "last_mailed_at": NOW if block == "mailed_this_week" else None,
    }


class FakeGym:
    """One gym's state. Tests change its switches to see the page change."""

    def __init__(self, *, name: str = "Iron District Gym", members: int = 120) -> None:
        self.name = name
        self.user_name = "Ana Souza"
        self.suspended_reason: str | None = None
        self.audit_log: list[dict[str, Any]] = []
        self.role = "owner"
        self.of_own_membership: dict[str, Any] = {}
        """What is not as usual with the membership of a member who signs in."""
        self.currency = "EUR"
        self.language = "en"
        self.timezone = "Europe/Lisbon"
        self.as_of_is_live = True
        self.email_problem: str | None = None
        self.is_confirmed = True
        self.reply_to_confirmed = True
        self.links_mailed = 0
        self.daily_limit: int | None = None
        self.mail_notes: list[str] = []
        self.households: list[dict[str, Any]] = []
        self.apart: list[tuple[int, int]] = []
        self.merges: list[dict[str, Any]] = []
        self.documents: list[dict[str, Any]] = []
        self.numbers: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self.medical_text: str | None = "Asthma"
        self.pending_timezone: str | None = None
        self.reply_to = "hello@iron.example.com"
        self.members = {n + 1: make_member(n) for n in range(members)}
        self.plans = [{**UNSAID_OF_A_PLAN, **plan, "members": members // 3} for plan in PLANS]
        if not members:
            self.plans = []
        self.prices: list[dict[str, Any]] = []
        self.price_moves_to_come: list[dict[str, Any]] = []
        self.price_rules: list[dict[str, Any]] = []
        self.memberships: list[dict[str, Any]] = []
        self.campaigns: list[dict[str, Any]] = []
        self.messages: dict[int, list[dict[str, Any]]] = {}
        self.sent_keys: dict[str, int] = {}
        self.check_ins: list[dict[str, Any]] = []
        self.alerts: list[dict[str, str]] = []
        self.taken_back: list[int] = []
        self.imports: list[dict[str, Any]] = []
        self.import_consents: list[str] = []
        self.failing_member: int | None = None
        self.mails_daily_report = False
        self.sends_payment_reminders = False
        self.enforces_access = False
        self.debt_grace_days = 7
        self.mail_pause_days = 7
        self.absence_days, self.absence_gaps = 14, 3
        self.brand_colour: str | None = None
        self.logo_id: int | None = None
        self.mail_daily_limit: int | None = None
        self.plan_access: dict[int, dict[str, Any]] = {}
        self.kiosks: list[dict[str, Any]] = []
        self.refused_for: list[dict[str, str]] = []
        self.sms_problem: str | None = None
        self.risk_model: dict[str, Any] | None = {
            "model_id": 7,
            "label": "lapse",
            "scope": "gym",
            "as_of": days_before(1),
        }
        self.jobs: list[dict[str, Any]] = []
        self.next_states: list[dict[str, Any]] = []
        self.reports: dict[str, dict[str, Any]] = {}

    @property
    def as_of(self) -> str:
        return NOW if self.as_of_is_live else "2026-03-31T22:59:59+00:00"

    def at_risk(self) -> list[dict[str, Any]]:
        return [member for member in self.members.values() if member["tab"]]

    def tabs(self) -> dict[str, int]:
        return count_tabs(self.at_risk())

    def me(self) -> dict[str, Any]:
        gym = {
            "gym_id": 1,
            "name": self.name,
            "timezone": self.timezone,
            "currency": self.currency,
            "language": self.language,
            "currency_decimals": DECIMALS[self.currency],
            "colours": self.brand_colour
            and {"on_light": self.brand_colour, "on_dark": self.brand_colour},
            "logo_id": self.logo_id,
            "suspended_reason": self.suspended_reason,
        }
        return {
            "user_id": 1,
            "name": self.user_name,
            "email": "ana@example.com",
            "username": "ana",
            "role": self.role,
            "permissions": sorted(ROLE_PERMISSIONS[Role(self.role)]),
            "gym": None if self.role == "super_admin" else gym,
        }

    def organization(self) -> dict[str, Any]:
        return {
            "gym_id": 1,
            "name": self.name,
            "username": "ana",
            "email": "ana@example.com",
            "email_confirmed": self.is_confirmed,
            "phone": None,
            "address": None,
            "timezone": self.timezone,
            "pending_timezone": self.pending_timezone,
            "currency": self.currency,
            "language": self.language,
            "brand_colour": self.brand_colour,
            "has_logo": self.logo_id is not None,
            "reply_to": self.reply_to,
            "reply_to_confirmed": self.reply_to_confirmed,
            "mails_daily_report": self.mails_daily_report,
            "sends_payment_reminders": self.sends_payment_reminders,
            "enforces_access": self.enforces_access,
            "debt_grace_days": self.debt_grace_days,
            "mail_pause_days": self.mail_pause_days,
            "absence_days": self.absence_days,
            "absence_gaps": self.absence_gaps,
            "mail_daily_limit": self.mail_daily_limit,
            "sms_problem": self.sms_problem,
            "email_configured": self.email_problem is None,
            "email_ready": self.mail_problem is None,
            "email_problem": self.mail_problem,
        }

    @property
    def mail_problem(self) -> str | None:
        if self.email_problem or self.is_confirmed:
            return self.email_problem
        return "Your address ana@example.com is not confirmed yet."

    def churn_risk(self, member_id: int) -> dict[str, Any]:
        model = {
            "model_id": 7,
            "label": "lapse",
            "scope": "gym",
            "algorithm": "logistic_regression",
            "version": "1",
            "trained_from": "2026-01-12",
            "trained_to": "2026-10-12",
            "auc": 0.88,
            "brier": 0.02,
            "ece": 0.01,
            "promoted_at": NOW,
        }
        return {
            "member_id": member_id,
            "as_of": self.as_of,
            "as_of_is_live": self.as_of_is_live,
            "computed_at": NOW,
            "day": days_before(1),
            "probability": 0.62,
            "level": "high",
            "source": "gym model",
            "contributions": [
                {"group": "drop", "contribution": 1.6, "text": "Came 2.8 times a week, 0.5 now"},
                {"group": "plan", "contribution": -0.4, "text": "On a plan of 12 months"},
                {"group": "season", "contribution": 0.01, "text": "It is November"},
            ],
            "logit": 0.49,
            "base": -2.1,
            "reasons": [],
            "model": model,
            "cancel": {
                "probability": 0.08,
                "logit": -2.4,
                "base": -2.6,
                "contributions": [],
                "reasons": [],
                "model": {**model, "label": "cancel"},
            },
            "notice_for": None,
            "history": [],
            "note": None,
        }

    def churn_models(self) -> list[dict[str, Any]]:
        if self.risk_model is None:
            return []
        measured = {"n": 2522, "events": 97, "auc": 0.906, "brier": 0.0253, "ece": 0.012}
        shared = {
            "scope": "gym",
            "algorithm": "logistic_regression",
            "code_version": "1",
            "train_from": "2026-01-12",
            "train_to": "2026-08-28",
            "rows": 9120,
            "events": 402,
            "card": "# Logistic regression",
            "created_at": NOW,
            "promoted_at": NOW,
        }
        return [
            {
                **shared,
                "model_id": 8 - n,
                "label": "lapse",
                "as_of": days_before(3 + 7 * n),
                "is_current": n == 1,
                "decision": "Kept: not better." if n == 0 else "Promoted: every gate is passed.",
                "measured": {**measured, "bias": -0.011, "lift_at_10": 7.0},
                "alarms": ["Fewer visits than in training."] if n == 1 else [],
            }
            for n in range(2)
        ]

    def add_job(self, lines: list[str]) -> dict[str, Any]:
        """A bulk load that is done after two looks; lines with `broken` are refused."""
        errors = sum("broken" in line for line in lines)
        counts = {"rows_read": 0, "loaded": 0, "duplicates": 0, "unchanged": 0, "errors": 0}
        job = {
            "job_id": len(self.jobs) + 1,
            "job": "check_ins",
            "state": "pending",
            "due_at": NOW,
            "created_at": NOW,
            "started_at": None,
            "finished_at": None,
            "progress": {**counts, "share": 0.0},
            "result": None,
            "error": None,
        }
        found = {"rows_read": len(lines), "loaded": len(lines) - errors, "errors": errors}
        self.next_states = [
            {},
            {},
            {"state": "done", "progress": {**counts, **found, "share": 1.0}},
        ]
        self.jobs.append(job)
        return job

    def make_report(self, day: str, **changes: Any) -> dict[str, Any]:
        hours = [0] * 7 + [9, 14, 11, 6, 5, 8, 7, 4, 6, 11, 19, 23, 14, 5, 1, 0, 0]
        self.reports[day] = {
            "day": day,
            "visits": sum(hours),
            "unique_members": 131,
            "peak_hour": 18,
            "peak_visits": 23,
            "first_timers": 1,
            "returned": 1,
            "is_complete": True,
            "is_outdated": False,
            "computed_at": NOW,
            "gym_name": self.name,
            "timezone": self.timezone,
            "hours": hours,
            "first_timer_members": [{"member_id": 5, "name": "Daniel Costa"}],
            "returned_members": [{"member_id": 7, "name": "Marina Oliveira", "days_away": 34}],
            **changes,
        }
        return self.reports[day]

    def overview(self) -> dict[str, Any]:
        risky = self.at_risk()
        weeks = [{"week": days_before(7 * (12 - n)), "visits": 180 + n * 3} for n in range(12)]
        sent = sum(campaign["sent"] for campaign in self.campaigns)
        reasons = {"no_visit": "No recent visit", "visits_down": "Visits down"}
        counts = [
            {
                "code": code,
                "label": label,
                "members": sum(any(r["code"] == code for r in m["reasons"]) for m in risky),
            }
            for code, label in reasons.items()
        ]
        return {
            "as_of": self.as_of,
            "as_of_is_live": self.as_of_is_live,
            "computed_at": NOW,
            "currency": self.currency,
            "gym_name": self.name,
            "active_members": len(self.members),
            "at_risk": len(risky),
            "at_risk_yearly_value": round(sum(m["yearly_value"] for m in risky), 2),
            "at_risk_tabs": self.tabs(),
            "reasons": counts if risky else [],
            "visits_7_days": 213 if self.members else 0,
            "visits_7_days_before": 201 if self.members else 0,
            "joined_28_days": 9 if self.members else 0,
            "ended_28_days": 4 if self.members else 0,
            "revenue_30_days": 4210.5 if self.members else 0,
            "revenue_30_days_before": 4012.0 if self.members else 0,
            "mailed_30_days": sent,
            "came_back_30_days": 0,
            "retention_rate": 86.4 if self.members else None,
            "weekly_visits": weeks if self.members else [],
            "risk_model": self.risk_model,
        }

    def visits(self, days: int) -> dict[str, Any]:
        shared = {
            "as_of": self.as_of,
            "as_of_is_live": self.as_of_is_live,
            "computed_at": NOW,
        }
        if not self.members:
            return {**shared, "days": [], "hours": []}
        return {
            **shared,
            "days": [
                {"day": days_before(days - n), "visits": 20 + (n * 7) % 23 + n // 9}
                for n in range(days)
            ],
            "hours": [
                {"weekday": day, "hour": hour, "visits": round(((hour * 3 + day * 5) % 17) / 2, 1)}
                for day in range(7)
                for hour in range(6, 23)
            ],
        }

    def retention(self) -> dict[str, Any]:
        months = ["2026-05", "2026-06", "2026-07", "2026-08", "2026-09", "2026-10"]
        return {
            "as_of": self.as_of[:10],
            "computed_at": NOW,
            "retention_rate": 86.4 if self.members else None,
            "churned": 17,
            "total": len(self.members),
            "monthly": [
                {
                    "month": month,
                    "active_at_start": 90 + n * 5,
                    "ended": 3,
                    "joined": 8,
                    "churn_rate": round(4.1 - n * 0.2, 2),
                }
                for n, month in enumerate(months)
            ]
            if self.members
            else [],
            "cohorts": [
                {"month": month, "joined": 12, "kept": [100 - 6 * k for k in range(6 - n)]}
                for n, month in enumerate(months)
            ]
            if self.members
            else [],
        }
