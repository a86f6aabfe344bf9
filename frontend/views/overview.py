"""The first page: what it costs to do nothing today, then the gym in figures."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.components import charts
from frontend.components.first_steps import first_steps
from frontend.components.freshness import as_of_note
from frontend.formats import as_moment, change, day, moment, money, percent, plain, short_money
from frontend.results import Me, Overview, Retention, Visits
from frontend.session import api, person_name, signed_in_user
from frontend.texts import count, t


def greeting(me: Me, now: datetime) -> str:
    part = t("Good morning") if now.hour < 12 else t("Good evening")
    if 12 <= now.hour < 18:
        part = t("Good afternoon")
    name = person_name(me)
    return f"{part}, {name.split()[0]}" if name else part


def heading(me: Me, overview: Overview, zone: str) -> None:
    with st.container(
        horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"
    ):
        now = datetime.now(ZoneInfo(zone))
        with st.container(gap=None, width="content"):
            st.title(greeting(me, now), anchor=False)
            st.caption(f"{plain(overview['gym_name'])} · {day(now.date(), weekday=True)}")
        if overview["at_risk"] and st.button(
            t("See who is at risk"),
            type="primary",
            icon=":material/arrow_forward:",
            icon_position="right",
        ):
            st.switch_page("views/at_risk.py")


def sentence(overview: Overview) -> None:
    """Money first: the two lines an owner should take away from this page."""
    number, currency = overview["at_risk"], overview["currency"]
    with st.container(border=True, gap="small", key="sentence"):
        if number:
            who = count(number, "{n} member", "{n} members")
            verb = count(number, "is", "are")
            value = overview["at_risk_yearly_value"]
            worth = t(", worth **{value}** a year", value=plain(money(value, currency)))
            st.markdown(f"#### :red[{who}] {verb} slipping away{worth if value else ''}.")
        else:
            st.markdown(f"#### {t('Nobody is slipping away today. Nice work.')}")
        mailed, back = overview["mailed_30_days"], overview["came_back_30_days"]
        if mailed:
            letters = count(mailed, "{n} email", "{n} emails")
            returned = count(back, "**{n} member** came back", "**{n} members** came back")
            st.markdown(t("You sent {letters} in the last 30 days, and {returned}.",
                          letters=letters, returned=returned))  # fmt: skip
        else:
            st.markdown(t("You have not written to anybody in the last 30 days."))


def cards(overview: Overview, retention: Retention) -> None:
    monthly, active = retention["monthly"], overview["active_members"]
    net = overview["joined_28_days"] - overview["ended_28_days"]
    visits, visits_before = overview["visits_7_days"], overview["visits_7_days_before"]
    rate = overview["retention_rate"]
    with st.grid(5, min_column_width=165, gap="small"):
        st.metric(
            t("Active members"), f"{active:,}", f"{net:+,}",
            delta_description=t("in 4 weeks"), icon=":material/group:",
            chart_data=[*(m["active_at_start"] for m in monthly), active], chart_type="area",
            border=True, height="stretch",
        )  # fmt: skip
        at_risk_card(overview)
        st.metric(
            t("Members kept"), percent(None if rate is None else rate / 100, 1),
            t("of those seen before"), delta_color="off", delta_arrow="off",
            icon=":material/favorite:", border=True, height="stretch",
            chart_data=[100 - (m["churn_rate"] or 0) for m in monthly] or None,
            help=t("Members seen in the last 90 days, of all who ever came. The line is the "
                   "share that stayed, month by month."),
        )  # fmt: skip
        revenue_card(overview)
        st.metric(
            t("Visits this week"), f"{visits:,}", change(visits, visits_before),
            delta_description=t("in a week"), icon=":material/door_front:",
            chart_data=[week["visits"] for week in overview["weekly_visits"]] or None,
            chart_type="bar", border=True, height="stretch",
        )  # fmt: skip


def at_risk_card(overview: Overview) -> None:
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


def revenue_card(overview: Overview) -> None:
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
            earlier = plain(short_money(before, currency))
            st.caption(t("{money} in the 30 days before", money=earlier))


def charts_in_two_rows(overview: Overview, visits: Visits, retention: Retention) -> None:
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        st.subheader(t("Visits per day"), anchor=False)
        charts.draw(
            charts.visits_per_day(visits["days"]),
            alt=t("Visits per day for 90 days with a seven-day mean"),
        )
    with right.container(border=True, height="stretch"):
        st.subheader(t("Why members are at risk"), anchor=False)
        if overview["reasons"]:
            charts.draw(charts.why_at_risk(overview["reasons"]), alt=t("Members at risk by reason"))
        else:
            st.caption(t("Nobody is at risk."))
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        st.subheader(t("Busiest hours"), anchor=False)
        charts.draw(charts.busiest_hours(visits["hours"]), alt=t("Visits by weekday and hour"))
    with right.container(border=True, height="stretch"):
        st.subheader(t("Members kept, by month joined"), anchor=False)
        if retention["cohorts"]:
            is_dark = st.context.theme.type == "dark"
            charts.draw(
                charts.members_kept(retention["cohorts"], dark=is_dark),
                alt=t("Share of members still here, by month joined"),
            )
        else:
            st.caption(t("There is no month of joining to follow yet."))


me = signed_in_user()
zone = me["gym"]["timezone"] if me["gym"] else "UTC"
overview = api.overview()
heading(me, overview, zone)
if not overview["active_members"] and not any(w["visits"] for w in overview["weekly_visits"]):
    first_steps(api.organization())
else:
    as_of_note(overview["as_of"], overview["as_of_is_live"], zone)
    retention = api.retention()
    sentence(overview)
    cards(overview, retention)
    charts_in_two_rows(overview, api.visits(), retention)
    if overview["computed_at"]:
        computed = moment(as_moment(overview["computed_at"], zone))
        st.caption(t("Value and members kept were computed on {when}.", when=computed))
