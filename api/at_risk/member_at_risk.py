"""One member with the figures behind their risk, as lists and the member's page show them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from sqlalchemy import bindparam, func, select

from api.at_risk.schemas import RiskSource
from core.risk.rule import RiskRule
from core.risk.scoring import Reason, RiskFacts, reasons_for, risk_of_absence
from core.translation import Sentence
from db.base import AnyRow, AnySelect, matches
from db.models import (
    ChurnLabel,
    ChurnModel,
    ChurnScore,
    Member,
    MembershipPlan,
    MemberStats,
    MemberStatus,
    ModelScope,
    Notification,
    NotificationState,
    Payment,
    PaymentState,
)
from db.stats import at_risk as rule
from db.stats.at_risk import Tab


@lru_cache(maxsize=16)
def select_figures(day: date, own: RiskRule) -> AnySelect:
    """The figures of the members `member_ids` of the gym `gym_id`, both to be given when it is run.

    Kept for the day: to build a statement of this size takes longer than to run it.
    """
    failed_on = (
        select(func.max(Payment.due_on))
        .where(
            matches(Payment.member_id, MemberStats.member_id),
            Payment.state == PaymentState.FAILED,
            Payment.due_on <= day,
        )
        .scalar_subquery()
    )
    mailed_at = (
        select(func.max(func.coalesce(Notification.sent_at, Notification.created_at)))
        .where(
            matches(Notification.member_id, MemberStats.member_id),
            Notification.campaign_id.is_not(None),
            Notification.state.in_([NotificationState.QUEUED, NotificationState.SENT]),
        )
        .scalar_subquery()
    )
    return (
        select(
            Member,
            MemberStats,
            MembershipPlan.name.label("plan_name"),
            rule.member_status(day).label("status"),
            func.coalesce(rule.is_at_risk(day, own), False).label("at_risk"),
            rule.tab_of(day).label("tab"),
            rule.days_since_visit(day).label("inactive_days"),
            rule.days_away(day, own.closed).label("days_away"),
            rule.recent_days(day).label("recent_days"),
            rule.baseline_days(day).label("baseline_days"),
            func.coalesce(rule.is_absent(day, own), False).label("is_absent"),
            func.coalesce(rule.has_dropped(day, own.closed), False).label("has_dropped"),
            func.coalesce(rule.has_not_started(day, own), False).label("has_not_started"),
            rule.is_score_current(day, own.closed).label("score_is_current"),
            func.coalesce(rule.has_high_churn(day, own.closed), False).label("has_high_churn"),
            ChurnScore.reasons.label("churn_reasons"),
            ChurnModel.scope.label("churn_scope"),
            (func.upper(MemberStats.covered) - 1).label("contract_ends_on"),
            failed_on.label("failed_on"),
            mailed_at.label("mailed_at"),
        )
        .join(Member, matches(Member.member_id, MemberStats.member_id))
        .outerjoin(MembershipPlan, matches(MembershipPlan.plan_id, Member.plan_id))
        .outerjoin(
            ChurnScore,
            matches(ChurnScore.member_id, MemberStats.member_id)
            & (ChurnScore.label == ChurnLabel.LAPSE)
            & (ChurnScore.as_of == MemberStats.churn_scored_on),
        )
        .outerjoin(ChurnModel, matches(ChurnModel.model_id, ChurnScore.model_id))
        .where(
            MemberStats.gym_id == bindparam("gym_id"),
            MemberStats.member_id.in_(bindparam("member_ids", expanding=True)),
        )
    )


@dataclass(frozen=True)
class MemberAtRisk:
    """One member with the facts, the reasons and the risk that follow from them."""

    member: Member
    stats: MemberStats
    plan_name: str | None
    status: MemberStatus
    is_at_risk: bool
    tab: Tab | None
    inactive_days: int | None
    risk: float
    risk_source: RiskSource
    risk_by_rules: float
    facts: RiskFacts
    reasons: list[Reason]
    last_mailed_at: Any

    @classmethod
    def from_row(
        cls, row: AnyRow, day: date, churn_causes: Mapping[int, tuple[Sentence, ...]]
    ) -> "MemberAtRisk":
        probability = row.MemberStats.churn_probability if row.score_is_current else None
        facts = RiskFacts(
            day=day,
            join_date=row.Member.join_date,
            days_away=row.days_away,
            usual_gap=row.MemberStats.usual_gap,
            recent_days=row.recent_days,
            baseline_days=row.baseline_days,
            is_absent=row.is_absent,
            has_dropped=row.has_dropped,
            has_not_started=row.has_not_started,
            payment_failed_on=row.failed_on,
            contract_ends_on=row.contract_ends_on,
            has_given_notice=row.MemberStats.is_cancelled,
            churn_probability=probability if row.has_high_churn else None,
            churn_causes=churn_causes.get(row.MemberStats.member_id, ()),
        )
        return cls(
            member=row.Member,
            stats=row.MemberStats,
            plan_name=row.plan_name,
            status=row.status,
            is_at_risk=row.at_risk,
            tab=row.tab if row.at_risk else None,
            inactive_days=row.inactive_days,
            risk=risk_of_absence(row.days_away, row.has_not_started, probability),
            risk_source=_find_source(row),
            risk_by_rules=risk_of_absence(row.days_away, row.has_not_started),
            facts=facts,
            reasons=reasons_for(facts),
            last_mailed_at=row.mailed_at,
        )


def _find_source(row: AnyRow) -> RiskSource:
    if not row.score_is_current:
        return RiskSource.RULES
    return RiskSource.POOLED if row.churn_scope == ModelScope.POOLED else RiskSource.MODEL
