from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Float, cast, func, literal, select

from api.repository import Repository
from db import at_risk as rule
from db.base import AnyRow, matches
from db.models import (
    AnalyticsRun,
    CheckIn,
    ChurnLabel,
    ChurnModel,
    ChurnScore,
    ClvEstimate,
    Membership,
    MemberStats,
    Message,
    MessageState,
    RfmScore,
    Transaction,
    VisitHour,
)


class AnalyticsRepository(Repository):
    """A gym's figures, read from what is kept ready: no query here reads all visits."""

    def count_members(self, day: date, joined_since: date) -> tuple[int, int]:
        """Members active on `day`, and those who joined from `joined_since` to `day`."""
        row = self.session.execute(
            select(
                func.count().filter(rule.is_active(day)),
                func.count().filter(MemberStats.join_date.between(joined_since, day)),
            ).where(MemberStats.in_gym(self.gym_id))
        ).one()
        return row[0], row[1]

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

    def count_ended(self, first: date, last: date) -> int:
        """Members whose last covered day fell into the days and who are not covered on `last`."""
        ended = self.session.scalar(
            select(func.count(Membership.member_id.distinct()))
            .join(MemberStats, matches(MemberStats.member_id, Membership.member_id))
            .where(
                Membership.in_gym(self.gym_id),
                Membership.ends_on.between(first - timedelta(days=1), last - timedelta(days=1)),
                ~MemberStats.covered.op("@>")(literal(last)),
            )
        )
        return ended or 0

    def sum_revenue(self, first: date, last: date) -> int:
        """Minor units that came in less what went back, both ends included."""
        total = self.session.scalar(
            select(func.coalesce(func.sum(Transaction.amount), 0)).where(
                Transaction.in_gym(self.gym_id), Transaction.date.between(first, last)
            )
        )
        return int(total or 0)

    def count_mailed(self, since: datetime, until: datetime) -> tuple[int, int]:
        """Members who were mailed in the time, and those of them who visited after it."""
        came = (
            select(CheckIn.check_in_id)
            .where(
                matches(CheckIn.member_id, Message.member_id),
                CheckIn.check_in > Message.sent_at,
                CheckIn.check_in <= until,
            )
            .exists()
        )
        row = self.session.execute(
            select(
                func.count(Message.member_id.distinct()),
                func.count(Message.member_id.distinct()).filter(came),
            ).where(
                Message.in_gym(self.gym_id),
                Message.state == MessageState.SENT,
                Message.sent_at.between(since, until),
            )
        ).one()
        return row[0], row[1]

    def newest_run(self) -> AnalyticsRun | None:
        """The last computation that succeeded."""
        return self.session.scalar(
            select(AnalyticsRun)
            .where(AnalyticsRun.in_gym(self.gym_id), AnalyticsRun.state == "done")
            .order_by(AnalyticsRun.started_at.desc(), AnalyticsRun.run_id.desc())
            .limit(1)
        )

    def risk_model(self) -> AnyRow | None:
        """The model of lapses that speaks, and the day of its newest scores."""
        newest = (
            select(func.max(ChurnScore.as_of))
            .where(ChurnScore.in_gym(self.gym_id), ChurnScore.label == ChurnLabel.LAPSE.value)
            .scalar_subquery()
        )
        return self.session.execute(
            select(
                ChurnModel.model_id, ChurnModel.label, ChurnModel.scope, newest.label("as_of")
            ).where(
                ChurnModel.in_gym(self.gym_id),
                ChurnModel.label == ChurnLabel.LAPSE.value,
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
            .where(RfmScore.in_gym(self.gym_id))
            .group_by(RfmScore.customer_segment)
            .order_by(func.count().desc(), RfmScore.customer_segment)
        ).all()
