"""The five figures under the sentence."""

from collections.abc import Sequence
from datetime import date

import streamlit as st

from frontend.kit.api_types import DayVisits, MonthlyChurn, Overview, Retention, Visits
from frontend.kit.formats import (
    change,
    money,
    month_name,
    percent,
    plain,
    short_money,
    signed,
    whole,
)
from frontend.kit.i18n import t
from frontend.kit.session import currency as gym_currency


def whole_weeks(days: Sequence[DayVisits], *, today_is_last: bool) -> tuple[int, int]:
    """Visits of the last seven days that are over, and of the seven before them."""
    over = [entry["visits"] for entry in days[: len(days) - today_is_last]]
    return sum(over[-7:]), sum(over[-14:-7])


def overview_cards(overview: Overview, visits: Visits, retention: Retention) -> None:
    monthly, active = retention["monthly"], overview["active_members"]
    net = overview["joined_28_days"] - overview["ended_28_days"]
    # A day that has just begun would make every morning look like a bad week.
    week, week_before = whole_weeks(visits["days"], today_is_last=overview["as_of_is_live"])
    with st.grid(5, min_column_width=150, gap="small"):
        st.metric(
            t("Active members"), whole(active), signed(net),
            delta_description=t("in 4 weeks"), icon=":material/group:",
            chart_data=[*(m["active_at_start"] for m in monthly), active], chart_type="area",
            border=True, height="stretch",
        )  # fmt: skip
        _at_risk_card(overview)
        _kept_card(overview, monthly)
        _revenue_card(overview)
        st.metric(
            t("Visits in 7 days"), whole(overview['visits_7_days']), change(week, week_before),
            delta_description=t("in a week"), icon=":material/door_front:",
            chart_data=[week["visits"] for week in overview["weekly_visits"]] or None,
            chart_type="bar", border=True, height="stretch",
        )  # fmt: skip


def _kept_card(overview: Overview, monthly: list[MonthlyChurn]) -> None:
    """Of those who were members when last month began, how many still were at its end."""
    kept = [(m, 100 - m["churn_rate"]) for m in monthly if m["churn_rate"] is not None]
    seen = overview["retention_rate"]
    month, share = kept[-1] if kept else (None, None)
    points = kept[-1][1] - kept[-2][1] if len(kept) > 1 else None
    st.metric(
        t("Retention"), percent(None if share is None else share / 100, 1),
        None if points is None else signed(points, 1),
        delta_description=None if points is None else t("points"),
        icon=":material/favorite:", border=True, height="stretch",
        chart_data=[value for _, value in kept] or None,
        help=" ".join([
            t("Of the members at the start of {month}, those who had not left by its end.",
              month=month_name(date.fromisoformat(month['month'][:7] + '-01'))) if month
            else t("The first full month is not over yet."),
            t("Of all members you ever had, {share} were seen in the last 90 days.",
              share=percent(seen / 100, 1)) if seen is not None else "",
        ]),
    )  # fmt: skip


def _at_risk_card(overview: Overview) -> None:
    at_risk, active, tabs = (
        overview["at_risk"],
        overview["active_members"],
        overview["at_risk_tabs"],
    )
    with st.container(border=True, height="stretch", gap="small", key="at_risk_card"):
        st.metric(
            t("Members at risk"), whole(at_risk),
            t("{share} of active", share=percent(at_risk / active)) if active else None,
            delta_color="off", delta_arrow="off", icon=":material/notification_important:",
        )  # fmt: skip
        with st.container(horizontal=True, gap="xsmall"):
            if tabs["drifting"]:
                st.badge(t("{n} drifting", n=whole(tabs["drifting"])), color="orange")
            if tabs["gone"]:
                st.badge(t("{n} gone", n=whole(tabs["gone"])), color="red")
            if tabs["not_started"]:
                st.badge(t("{n} not started", n=whole(tabs["not_started"])), color="gray")


def _revenue_card(overview: Overview) -> None:
    now, before = overview["revenue_30_days"], overview["revenue_30_days_before"]
    currency = gym_currency()
    with st.container(border=True, height="stretch", gap="small", key="revenue_card"):
        is_known = bool(now or before)
        st.metric(
            t("Revenue"),
            short_money(now, currency) if is_known else "–",
            change(now, before),
            icon=":material/payments:",
        )
        if not is_known:
            st.caption(t("No payments are known for the last 60 days."))
        elif before:
            earlier = plain(money(before, currency))
            st.caption(t("{money} in the 30 days before", money=earlier))
        else:
            st.caption(t("in the last 30 days"))
