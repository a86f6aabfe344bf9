from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Float,
    bindparam,
    cast,
    func,
    literal,
    select,
    true,
)

from api.kit.repository import GymQueries
from db.base import AnyRow, AnySelect, matches
from db.models import (
    AnalyticsRun,
    CheckIn,
    ChurnLabel,
    ChurnModel,
    ChurnScore,
    ClvEstimate,
    Membership,
    MemberStats,
    Notification,
    NotificationState,
    RfmScore,
    RunState,
    Transaction,
    VisitHour,
)
from db.stats import at_risk as rule


@lru_cache(maxsize=16)
def select_overview(day: date) -> AnySelect:
    """One row: every figure of the overview that is a single one, of the gym `gym_id`.

    Mails count from `since` to `until`. Together and kept for the day: to build and send five
    statements takes longer than to run most of them.
    """
    gym_id: BindParameter[int] = bindparam("gym_id")
    joined = MemberStats.is_counted & MemberStats.join_date.between(day - timedelta(days=27), day)
    members = (
        select(
            func.count().filter(rule.is_active(day)).label("active"),
            func.count().filter(joined).label("joined"),
        )
        .where(MemberStats.gym_id == gym_id)
        .subquery()
    )
    # Whose last covered day fell into the four weeks, and who are not covered now.
    ended = (
        select(func.count(Membership.member_id.distinct()).label("ended"))
        .join(MemberStats, matches(MemberStats.member_id, Membership.member_id))
        .where(
            Membership.gym_id == gym_id,
            MemberStats.is_counted,
            Membership.ends_on.between(day - timedelta(days=28), day - timedelta(days=1)),
            ~MemberStats.covered.op("@>")(literal(day)),
        )
        .subquery()
    )
    month_ago = day - timedelta(days=29)
    amount = func.sum(Transaction.amount)
    # Minor units received less those refunded.
    revenue = (
        select(
            func.coalesce(amount.filter(Transaction.date >= month_ago), 0).label("revenue"),
            func.coalesce(amount.filter(Transaction.date < month_ago), 0).label("revenue_before"),
        )
        .where(
            Transaction.gym_id == gym_id,
            Transaction.date.between(month_ago - timedelta(days=30), day),
        )
        .subquery()
    )
    came = (
        select(CheckIn.check_in_id)
        .where(
            matches(CheckIn.member_id, Notification.member_id),
            CheckIn.check_in > Notification.sent_at,
            CheckIn.check_in <= bindparam("until"),
        )
        .exists()
    )
    mailed = func.count(Notification.member_id.distinct())
    mails = (
        select(mailed.label("mailed"), mailed.filter(came).label("came_back"))
        .where(
            Notification.gym_id == gym_id,
            Notification.campaign_id.is_not(None),
            Notification.state == NotificationState.SENT,
            Notification.sent_at.between(bindparam("since"), bindparam("until")),
        )
        .subquery()
    )
    return (
        select(members, ended, revenue, mails)
        .select_from(members)
        .join(ended, true())
        .join(revenue, true())
        .join(mails, true())
    )


class AnalyticsRepository(GymQueries):
    """A gym's figures, read from what is kept ready: no query here reads all visits."""

    def read_figures(self, day: date, since: datetime, until: datetime) -> AnyRow:
        """The overview's single figures on `day`, see `select_overview`; mails of the time
        between `since` and `until`."""
        parameters = {"gym_id": self.gym_id, "since": since, "until": until}
        return self.session.execute(select_overview(day), parameters).one()

    def visits_by_day(self, first: date, last: date) -> dict[date, int]:
        """Visits of each day that had any, both ends included."""
        rows = self.session.execute(
            select(VisitHour.day, func.sum(VisitHour.visits))
            .where(VisitHour.in_gym(self.gym_id), VisitHour.day.between(first, last))
            .group_by(VisitHour.day)
        )
        return {row[0]: int(row[1]) for row in rows}

    def visits_by_hour(self, first: date, last: date) -> Sequence[AnyRow]:
        """(ISO weekday, hour, visits) over the days, both ends included."""
        weekday = func.extract("isodow", VisitHour.day)
        return self.session.execute(
            select(weekday, VisitHour.hour, func.sum(VisitHour.visits))
            .where(VisitHour.in_gym(self.gym_id), VisitHour.day.between(first, last))
            .group_by(weekday, VisitHour.hour)
            .order_by(weekday, VisitHour.hour)
        ).all()

    def newest_run(self) -> AnalyticsRun | None:
        """The last computation that succeeded."""
        return self.session.scalar(
            select(AnalyticsRun)
            .where(AnalyticsRun.in_gym(self.gym_id), AnalyticsRun.state == RunState.DONE)
            .order_by(AnalyticsRun.started_at.desc(), AnalyticsRun.run_id.desc())
            .limit(1)
        )

    def risk_model(self) -> AnyRow | None:
        """The active model of lapses, and the day of its newest scores."""
        newest = (
            select(func.max(ChurnScore.as_of))
            .where(ChurnScore.in_gym(self.gym_id), ChurnScore.label == ChurnLabel.LAPSE)
            .scalar_subquery()
        )
        return self.session.execute(
            select(
                ChurnModel.model_id, ChurnModel.label, ChurnModel.scope, newest.label("as_of")
            ).where(
                ChurnModel.in_gym(self.gym_id),
                ChurnModel.label == ChurnLabel.LAPSE,
                ChurnModel.is_current,
            )
        ).one_or_none()

    def segments(self) -> Sequence[AnyRow]:
        """Per segment: members, medians of recency, frequency and money, the mean value so far and
        the mean forecast of those who have one."""

        def median(column: Any) -> ColumnElement[float]:
            return func.percentile_cont(0.5).within_group(cast(column, Float))

        return self.session.execute(
            select(
                RfmScore.customer_segment,
                func.count(),
                median(RfmScore.recency_score),
                median(RfmScore.frequency_score),
                median(RfmScore.monetary_score),
                func.coalesce(func.avg(ClvEstimate.clv_value), 0),
                func.avg(ClvEstimate.forecast_value),
            )
            .join(ClvEstimate, matches(ClvEstimate.member_id, RfmScore.member_id))
            .join(MemberStats, matches(MemberStats.member_id, RfmScore.member_id))
            .where(RfmScore.in_gym(self.gym_id), MemberStats.is_counted)
            .group_by(RfmScore.customer_segment)
            .order_by(func.count().desc(), RfmScore.customer_segment)
        ).all()
