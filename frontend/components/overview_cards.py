"""The five figures under the sentence."""

import streamlit as st

from frontend.formats import change, money, percent, plain, short_money
from frontend.results.figures import Overview, Retention
from frontend.texts import t


def overview_cards(overview: Overview, retention: Retention) -> None:
    monthly, active = retention["monthly"], overview["active_members"]
    net = overview["joined_28_days"] - overview["ended_28_days"]
    visits, visits_before = overview["visits_7_days"], overview["visits_7_days_before"]
    rate = overview["retention_rate"]
    with st.grid(5, min_column_width=150, gap="small"):
        st.metric(
            t("Active members"), f"{active:,}", f"{net:+,}",
            delta_description=t("in 4 weeks"), icon=":material/group:",
            chart_data=[*(m["active_at_start"] for m in monthly), active], chart_type="area",
            border=True, height="stretch",
        )  # fmt: skip
        _at_risk_card(overview)
        st.metric(
            t("Retention"), percent(None if rate is None else rate / 100, 1),
            t("90-day rule"), delta_color="off", delta_arrow="off",
            icon=":material/favorite:", border=True, height="stretch",
            chart_data=[100 - (m["churn_rate"] or 0) for m in monthly] or None,
            help=t("Of all members you ever had, those seen in the last 90 days. The line is the "
                   "share that stayed, month by month."),
        )  # fmt: skip
        _revenue_card(overview)
        st.metric(
            t("Visits this week"), f"{visits:,}", change(visits, visits_before),
            delta_description=t("in a week"), icon=":material/door_front:",
            chart_data=[week["visits"] for week in overview["weekly_visits"]] or None,
            chart_type="bar", border=True, height="stretch",
        )  # fmt: skip


def _at_risk_card(overview: Overview) -> None:
    at_risk, active, tabs = (
        overview["at_risk"],
        overview["active_members"],
        overview["at_risk_tabs"],
    )
    with st.container(border=True, height="stretch", gap="small", key="at_risk_card"):
        st.metric(
            t("Members at risk"), f"{at_risk:,}",
            t("{share} of active", share=percent(at_risk / active)) if active else None,
            delta_color="off", delta_arrow="off", icon=":material/notification_important:",
        )  # fmt: skip
        with st.container(horizontal=True, gap="xsmall"):
            if tabs["drifting"]:
                st.badge(t("{n} drifting", n=f"{tabs['drifting']:,}"), color="orange")
            if tabs["gone"]:
                st.badge(t("{n} gone", n=f"{tabs['gone']:,}"), color="red")
            if tabs["not_started"]:
                st.badge(t("{n} not started", n=f"{tabs['not_started']:,}"), color="gray")


def _revenue_card(overview: Overview) -> None:
    now, before = overview["revenue_30_days"], overview["revenue_30_days_before"]
    currency = overview["currency"]
    with st.container(border=True, height="stretch", gap="small", key="revenue_card"):
        is_known = bool(now or before)
        st.metric(
            t("Revenue"),
            short_money(now, currency) if is_known else "–",
            change(now, before),
            delta_description=t("in 30 days") if is_known else None,
            icon=":material/payments:",
        )
        if not is_known:
            st.caption(t("No payments are known for the last 60 days."))
        elif before:
            earlier = plain(money(before, currency))
            st.caption(t("{money} in the 30 days before", money=earlier))
