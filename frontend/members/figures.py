"""A member in figures: how they come, what they are worth, and why they may leave."""

from datetime import date

import streamlit as st

from frontend.churn_risk.panel import churn_panel
from frontend.kit import charts, colours, session
from frontend.kit.api_types import ChurnRisk, MemberDetail
from frontend.kit.formats import (
    as_date,
    chance,
    days_away,
    decimal,
    money,
    percent,
    plain,
    short_day,
    short_money,
    whole,
    whole_money,
)
from frontend.kit.i18n import t


def figures(member: MemberDetail, risk: ChurnRisk | None) -> None:
    with st.grid(4, min_column_width=165):
        last = as_date(member["last_visit"])
        st.metric(
            t("Away for"), days_away(member["inactive_days"]),
            t("since {day}", day=short_day(last)) if last else None,
            delta_color="off", delta_arrow="off", border=True, icon=":material/login:",
            height="stretch",
        )  # fmt: skip
        joined = as_date(member["join_date"])
        st.metric(
            t("Visits"), whole(member['visits']),
            t("joined {day}", day=short_day(joined)) if joined else None,
            delta_color="off", delta_arrow="off", border=True, icon=":material/door_front:",
            height="stretch",
        )  # fmt: skip
        st.metric(
            t("Worth a year"), short_money(member["yearly_value"], session.currency()),
            t("lifetime {value}", value=short_money(member["clv_value"], session.currency()))
            if member["clv_value"] else None,
            delta_color="off", delta_arrow="off", border=True, icon=":material/payments:",
            height="stretch",
            help=t("What their plan costs in a year, or what they paid. Lifetime: payments so far "
                   "times the mean payment."),
        )  # fmt: skip
        st.metric(
            t("Risk"), chance(risk["probability"]) if risk else "–", border=True,
            icon=":material/notification_important:", height="stretch",
            help=t("Chance that they do not come within 30 days."),
        )  # fmt: skip


def forecast(member: MemberDetail) -> None:
    """A sentence that an owner can check by multiplying; empty where no money is known."""
    value, units = member["forecast_value"], member["forecast_units"]
    if value is None or units is None:
        return
    currency = session.currency()
    by_month = member["forecast_basis"] == "contract"
    if not value:
        st.caption(
            t("Expected over the next 12 months: nothing, their membership has ended.")
            if by_month
            else t("Expected over the next 12 months: hardly anything, they seem to have stopped.")
        )
        return
    unit = t("months of membership") if by_month else t("payments")
    sentence = t(
        "Expected over the next 12 months: about {value} ({low} to {high}):"
        " {units} {unit} × {each}",
        value=whole_money(value, currency), low=whole_money(member["forecast_low"], currency),
        high=whole_money(member["forecast_high"], currency), units=decimal(units, 1), unit=unit,
        each=money(member["forecast_unit_value"], currency),
    )  # fmt: skip
    with st.container(border=True):
        st.markdown(
            plain(sentence),
            help=t(
                "8 in 10 members end up between the two. Chance to be a member still in 12"
                " months: {stay}.",
                stay=percent(member["forecast_stay"]),
            ),
        )


def explain_missing_risk(member: MemberDetail, risk: ChurnRisk | None) -> str:
    """The text in place of reasons where there are none, which is not always good news."""
    if risk is None:
        return t("No risk is told while the membership is not active.")
    if not member["visits"]:
        return t("This member has not come yet.")
    if risk["level"] != "low":
        return t("No rule is met so far, but the chance of staying away is not small.")
    return t("Nothing. This member comes as always.")


def visits_and_reasons(member: MemberDetail, risk: ChurnRisk | None, day_shown: date) -> None:
    left, right = st.columns([3, 2])
    with left.container(border=True, height="stretch"):
        st.subheader(t("Visits in the last 12 weeks"), anchor=False)
        charts.draw(
            charts.visits_per_week(member["visits_per_week"], day_shown), alt=t("Visits per week")
        )
    with right.container(border=True, height="stretch"):
        may_leave = t("Why this member may leave") if member["at_risk"] else t("What stands out")
        st.subheader(may_leave, anchor=False)
        # The model's score has a panel of its own below.
        others = [reason for reason in member["reasons"] if reason["code"] != "high_churn"]
        for reason in others:
            colour = colours.REASONS.get(reason["code"], "violet")
            st.markdown(f":{colour}[●] {plain(reason['text'])}")
        if not member["reasons"]:
            st.markdown(explain_missing_risk(member, risk))
        if risk:
            churn_panel(risk)
