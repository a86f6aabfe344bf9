"""The figures an owner looks at. All figures of one response are for the same `as_of`."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from api.analytics.repository import AnalyticsRepository
from api.analytics.schemas import (
    AtRiskIds,
    AtRiskItem,
    AtRiskPage,
    AtRiskPreview,
    DayVisits,
    HourVisits,
    Overview,
    ReasonCount,
    Retention,
    RiskModel,
    SegmentItem,
    Segments,
    Tabs,
    Visits,
    WeekVisits,
)
from api.at_risk.member_at_risk import MemberAtRisk
from api.at_risk.repository import (
    AtRiskFilter,
    AtRiskRepository,
    AtRiskSort,
    AtRiskTotals,
)
from api.at_risk.schemas import ReasonItem
from api.kit.pagination import PageRequest
from api.kit.principal import Principal
from api.kit.translation import translate
from core.clock import AsOf
from core.money import round_major, to_major
from core.risk.scoring import REASON_LABELS
from core.translation import t
from db.mail_eligibility import MailingStatus, SkipReason, find_block
from db.stats.at_risk import Tab
from db.stats.member_stats import read_weekly_days

WEEKS = 12


def read_overview(session: Session, caller: Principal, *, as_of: AsOf, now: datetime) -> Overview:
    figures = AnalyticsRepository(session, caller.gym_id)
    at_risk = AtRiskRepository(session, caller.gym_id, as_of.day)
    day = as_of.day
    totals, reasons = at_risk.summarise()
    visits = figures.visits_by_day(day - timedelta(days=7 * WEEKS - 1), day)
    weeks = [_sum_week(visits, day - timedelta(days=7 * ago)) for ago in range(WEEKS)]
    # Mails by the clock: those of today are none of an imported history's last days.
    single = figures.read_figures(day, now - timedelta(days=30), now)
    run = figures.newest_run()
    model = figures.risk_model()
    return Overview(
        **_dated(as_of, now),
        gym_name=caller.gym.name,
        currency=caller.gym.currency,
        active_members=single.active,
        at_risk=totals.count(),
        at_risk_yearly_value=to_major(totals.sum_value(), caller.gym.currency),
        at_risk_tabs=_tabs(totals),
        reasons=[
            ReasonCount(code=code, label=translate(t(REASON_LABELS[code])), members=count)
            for code, count in reasons.items()
            if count
        ],
        visits_7_days=weeks[0].visits,
        visits_7_days_before=weeks[1].visits,
        joined_28_days=single.joined,
        ended_28_days=single.ended,
        revenue_30_days=to_major(int(single.revenue), caller.gym.currency),
        revenue_30_days_before=to_major(int(single.revenue_before), caller.gym.currency),
        mailed_30_days=single.mailed,
        came_back_30_days=single.came_back,
        retention_rate=run.retention_rate if run else None,
        weekly_visits=list(reversed(weeks)),
        risk_model=RiskModel.model_validate(model) if model else None,
    )


def read_visits(
    session: Session, caller: Principal, *, days: int, as_of: AsOf, now: datetime
) -> Visits:
    """Visits per local day, quiet days included, and the mean per weekday and hour."""
    figures = AnalyticsRepository(session, caller.gym_id)
    first = as_of.day - timedelta(days=days - 1)
    by_day = figures.visits_by_day(first, as_of.day)
    hours = figures.visits_by_hour(as_of.day - timedelta(days=7 * WEEKS - 1), as_of.day)
    return Visits(
        **_dated(as_of, now),
        days=[
            DayVisits(day=day, visits=by_day.get(day, 0))
            for day in (first + timedelta(days=offset) for offset in range(days))
        ],
        hours=[
            HourVisits(weekday=int(weekday) - 1, hour=hour, visits=round(int(count) / WEEKS, 2))
            for weekday, hour, count in hours
        ],
    )


def _round(amount: float | Decimal | None, currency: str) -> Decimal | None:
    return None if amount is None else round_major(Decimal(amount), currency)


def read_segments(session: Session, caller: Principal) -> Segments:
    figures = AnalyticsRepository(session, caller.gym_id)
    run = figures.newest_run()
    rows = figures.segments()
    total = sum(row[1] for row in rows)
    return Segments(
        as_of=run.as_of if run else None,
        computed_at=run.finished_at if run else None,
        method=run.method if run else None,
        currency=caller.gym.currency,
        segments=[
            SegmentItem(
                segment=name,
                members=count,
                share=round(count / total, 4),
                median_recency=recency,
                median_frequency=frequency,
                median_monetary=_round(monetary, caller.gym.currency),
                clv_mean=_round(clv, caller.gym.currency),
                forecast_mean=_round(forecast, caller.gym.currency),
            )
            for name, count, recency, frequency, monetary, clv, forecast in rows
        ],
    )


def read_retention(session: Session, caller: Principal) -> Retention:
    run = AnalyticsRepository(session, caller.gym_id).newest_run()
    details = run.details if run else {}
    return Retention(
        as_of=run.as_of if run else None,
        computed_at=run.finished_at if run else None,
        retention_rate=run.retention_rate if run else None,
        churned=details.get("churned"),
        total=run.members if run else None,
        monthly=details.get("monthly", []),
        cohorts=details.get("cohorts", []),
    )


def list_at_risk(
    session: Session,
    caller: Principal,
    chosen: AtRiskFilter,
    sort: AtRiskSort,
    page: PageRequest,
    *,
    as_of: AsOf,
    now: datetime,
) -> AtRiskPage:
    """One page of the list. The tabs count every tab, whichever is open."""
    members = AtRiskRepository(session, caller.gym_id, as_of.day)
    totals = members.totals(chosen)
    return AtRiskPage(
        **_dated(as_of, now),
        items=[_to_item(caller, row, as_of, now) for row in members.list_page(chosen, sort, page)],
        total=totals.count(chosen.tab),
        page=page.page,
        size=page.size,
        currency=caller.gym.currency,
        yearly_value=to_major(totals.sum_value(chosen.tab), caller.gym.currency),
        tabs=_tabs(totals),
    )


def preview_rule(
    session: Session, caller: Principal, days: int, gaps: int, *, as_of: AsOf
) -> AtRiskPreview:
    members = AtRiskRepository(session, caller.gym_id, as_of.day)
    other = replace(members.rule, absence_days=days, absence_gaps=gaps)
    return AtRiskPreview(
        at_risk=members.count_by(members.rule), would_be_at_risk=members.count_by(other)
    )


def find_end_of_pause(page: AtRiskPage, *, pause: timedelta) -> datetime | None:
    """When the first member on the page who was mailed lately may be mailed again."""
    mailed = [
        item.last_mailed_at
        for item in page.items
        if item.email_block is SkipReason.MAILED_THIS_WEEK and item.last_mailed_at is not None
    ]
    return min(mailed) + pause if mailed else None


def list_at_risk_ids(
    session: Session, caller: Principal, chosen: AtRiskFilter, *, as_of: AsOf
) -> AtRiskIds:
    ids = AtRiskRepository(session, caller.gym_id, as_of.day).member_ids(chosen)
    return AtRiskIds(member_ids=list(ids), total=len(ids))


def _find_email_block(row: MemberAtRisk, mailed_since: datetime) -> SkipReason | None:
    member = row.member
    block = find_block(
        MailingStatus(row.status, member.email, member.email_consent, member.standing)
    )
    if block is None and row.last_mailed_at is not None and row.last_mailed_at > mailed_since:
        return SkipReason.MAILED_THIS_WEEK
    return block


def _to_item(caller: Principal, row: MemberAtRisk, as_of: AsOf, now: datetime) -> AtRiskItem:
    member, stats = row.member, row.stats
    block = _find_email_block(row, now - caller.gym.mail_pause)
    return AtRiskItem(
        member_id=member.member_id,
        number=member.number,
        name=member.name,
        email=member.email,
        can_email=block is None,
        email_block=block,
        risk=row.risk,
        risk_source=row.risk_source,
        tab=row.tab,
        reasons=[ReasonItem.of(reason) for reason in row.reasons],
        last_visit=stats.last_visit_on,
        inactive_days=row.inactive_days,
        yearly_value=to_major(stats.yearly_value, caller.gym.currency),
        plan_name=row.plan_name,
        visits_per_week=read_weekly_days(stats.visited_days, stats.last_visit_on, as_of.day),
        last_mailed_at=row.last_mailed_at,
    )


def _dated(as_of: AsOf, now: datetime) -> dict[str, Any]:
    return {"as_of": as_of.instant, "as_of_is_live": as_of.is_live, "computed_at": now}


def _tabs(totals: AtRiskTotals) -> Tabs:
    return Tabs(
        drifting=totals.count(Tab.DRIFTING),
        gone=totals.count(Tab.GONE),
        not_started=totals.count(Tab.NOT_STARTED),
        all=totals.count(),
    )


def _sum_week(visits: dict[date, int], last: date) -> WeekVisits:
    days = [last - timedelta(days=offset) for offset in range(7)]
    return WeekVisits(week=days[-1], visits=sum(visits.get(day, 0) for day in days))
