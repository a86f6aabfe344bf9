"""The first page: what it costs to do nothing today, then the gym in figures."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.analytics import client as analytics_api
from frontend.analytics.cards import overview_cards
from frontend.analytics.first_steps import first_steps
from frontend.kit import charts
from frontend.kit.api_types import Me, Overview, Retention, Visits
from frontend.kit.formats import as_moment, day, moment, money, plain
from frontend.kit.freshness import as_of_note
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.session import currency as gym_currency
from frontend.kit.session import person_name, signed_in_user
from frontend.organizations import client as organizations_api
from frontend.organizations.address_confirmation import confirmation_note


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
            st.title(plain(greeting(me, now)), anchor=False)
            st.caption(f"{plain(overview['gym_name'])} · {day(now.date(), weekday=True)}")
        if overview["at_risk"] and st.button(
            t("See who is at risk"),
            type="primary",
            icon=":material/arrow_forward:",
            icon_position="right",
        ):
            st.switch_page("at_risk/pages/at_risk.py")


def sentence(overview: Overview) -> None:
    """Money first: the two lines an owner should take away from this page."""
    number, currency = overview["at_risk"], gym_currency()
    with st.container(border=True, gap="small", key="sentence"):
        if number:
            value = overview["at_risk_yearly_value"]
            forms = mark_forms(
                ":red[{n} member] is slipping away.", ":red[{n} members] are slipping away."
            )
            if value:
                forms = mark_forms(
                    ":red[{n} member] is slipping away, worth **{value}** a year.",
                    ":red[{n} members] are slipping away, worth **{value}** a year.",
                )
            slipping = count(number, *forms, value=plain(money(value, currency)))
            st.markdown(f"#### {slipping}")
        else:
            st.markdown(f"#### {t('Nobody is slipping away today. Nice work.')}")
        mailed, back = overview["mailed_30_days"], overview["came_back_30_days"]
        if mailed:
            whom = count(mailed, "{n} member", "{n} members")
            returned = count(back, "**{n}** of them came back", "**{n}** of them came back")
            with st.container(horizontal=True, vertical_alignment="center"):
                st.markdown(
                    t("You wrote to {whom} in the last 30 days, and {returned}.",
                      whom=whom, returned=returned),
                    width="content",
                )  # fmt: skip
                st.page_link("campaigns/pages/campaigns.py", label=t("See who came back"),
                             icon=":material/arrow_forward:", width="content")  # fmt: skip
        else:
            st.markdown(t("You have not written to anybody in the last 30 days."))


def charts_in_two_rows(overview: Overview, visits: Visits, retention: Retention) -> None:
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        st.subheader(t("Visits per day"), anchor=False)
        charts.draw(
            charts.visits_per_day(visits["days"], today_is_last=overview["as_of_is_live"]),
            alt=t("Visits per day for 90 days with a seven-day mean"),
        )
        st.caption(t("Bars: each day. Line: the mean of the seven days up to it."))
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


def risk_source_note(overview: Overview) -> str:
    """Which model the figures of risk come from."""
    model = overview["risk_model"]
    if model is None:
        return t("At risk are members who stay away or come far less than usual. There is not "
                 "enough history yet for a model that tells chances.")  # fmt: skip
    whose = t("your gym's own model") if model["scope"] == "gym" else t("a model of several gyms")
    return t("At risk are members who stay away, who come far less than usual, or whom {whose} "
             "gives a high chance of staying away.", whose=whose)  # fmt: skip


me = signed_in_user()
zone = me["gym"]["timezone"] if me["gym"] else "UTC"
overview = analytics_api.read_overview()
heading(me, overview, zone)
if not overview["active_members"] and not any(w["visits"] for w in overview["weekly_visits"]):
    first_steps(organizations_api.read())
else:
    as_of_note(overview["as_of"], overview["as_of_is_live"], zone)
    confirmation_note(organizations_api.read())
    retention = analytics_api.read_retention()
    sentence(overview)
    visits = analytics_api.read_visits()
    overview_cards(overview, visits, retention)
    charts_in_two_rows(overview, visits, retention)
    st.caption(risk_source_note(overview))
    if overview["computed_at"]:
        computed = moment(as_moment(overview["computed_at"], zone))
        st.caption(t("Figures as of {when}, in your gym's time.", when=computed))
