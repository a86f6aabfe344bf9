"""One member: how they come, what they are worth, why they may leave, and what was written."""

import uuid
from datetime import date, datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.campaigns.campaign_progress import campaign_under_way
from frontend.campaigns.compose import compose_if_open, open_compose
from frontend.check_ins import client as check_ins_api
from frontend.churn_risk import client as churn_risk_api
from frontend.churn_risk.panel import churn_panel
from frontend.kit import charts, colours, session
from frontend.kit.api_types import ChurnRisk, MemberDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import (
    as_date,
    as_moment,
    chance,
    days_away,
    decimal,
    member_name,
    money,
    percent,
    plain,
    short_day,
    short_money,
    whole,
    whole_money,
)
from frontend.kit.freshness import last_day, last_day_note
from frontend.kit.i18n import t
from frontend.kit.links import came_from, chosen_id
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.fields import changed, member_fields
from frontend.members.history import mails_list, visits_list
from frontend.members.words import SEGMENTS, STATUSES
from frontend.memberships.parts import memberships_panel


def way_back() -> None:
    """To the list that led here, so that the next one on it is one click away."""
    lists = {
        "at_risk/pages/at_risk.py": t("Members at risk"),
        "campaigns/pages/campaigns.py": t("Campaigns"),
        "attendance_reports/pages/daily_report.py": t("Daily report"),
        "members/pages/members.py": t("All members"),
    }
    page = came_from(otherwise="members/pages/members.py")
    if st.button(lists[page], type="tertiary", icon=":material/arrow_back:", key="way_back"):
        st.switch_page(page)


def why_not_mailed(member: MemberDetail) -> str | None:
    if member["email_consent"] == "unsubscribed":
        return t("They unsubscribed.")
    return None if member["email"] else t("No email address is known.")


def heading(member: MemberDetail) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        with st.container(gap="xsmall", width="content"):
            st.title(plain(member_name(member["name"], member["number"])), anchor=False)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                label = t(STATUSES[member["status"]])
                if not member["status_known"]:
                    label = t("{status} (no membership known)", status=label)
                st.badge(label, color=colours.STATUSES.get(member["status"], "gray"))
                if member["segment"]:
                    st.badge(t(SEGMENTS[member["segment"]]), color="violet")
                number = t("Number {number}", number=member["number"]) if member["number"] else ""
                known = [number, member["plan_name"] or "", member["email"] or t("no address")]
                st.markdown(
                    f":small[:gray[{plain(' · '.join(part for part in known if part))}]]",
                    width="content",
                )
            if member["email_consent"] == "unsubscribed":
                note = t("Unsubscribed from your mails. Only they can take that back.")
                st.caption(f":material/unsubscribe: {note}")
        with st.container(horizontal=True, width="content"):
            # For a member at risk writing comes first; for everybody else recording a visit.
            may_write = session.may("send_campaigns")
            is_to_be_written_to = may_write and member["at_risk"]
            if may_write:
                st.button(
                    t("Write an email"), icon=":material/mail:", on_click=open_compose,
                    args=([member["member_id"]],), disabled=bool(why_not_mailed(member)),
                    help=why_not_mailed(member),
                    type="primary" if is_to_be_written_to else "secondary",
                )  # fmt: skip
            if st.button(
                t("Record a visit"), icon=":material/login:",
                type="secondary" if is_to_be_written_to else "primary",
            ):  # fmt: skip
                record_visit(member["member_id"])


def record_visit(member_id: int) -> None:
    try:
        check_ins_api.record(member_id, method="manual", key=uuid.uuid4().hex)
    except ApiError as error:
        if error.code == "already_checked_in":
            st.toast(t("Already checked in a moment ago."), icon=":material/info:")
        else:
            refusal(error)
        return
    toast_next(t("Visit recorded"))
    st.rerun()


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
        if member["notes"]:
            st.caption(plain(member["notes"]))


def has_agreed(member: MemberDetail) -> bool:
    return member["email_consent"] in ("given", "lawful_basis")


def describe_sms_consent(member: MemberDetail, zone: str) -> str | None:
    """Who wrote it down, and when."""
    recorded_at = as_moment(member["sms_consent_at"], zone)
    if recorded_at is None:
        return None
    return t(
        "Recorded on {day} by {name}.",
        day=short_day(recorded_at.date()),
        name=plain(member["sms_consent_by"] or t("somebody")),
    )


def edit_form(member: MemberDetail, zone: str, today: date) -> None:
    before = {
        **member,
        "email_consent": has_agreed(member),
        "sms_consent": member["sms_consent"] == "given",
        "sms_consent_note": describe_sms_consent(member, zone),
        "has_unsubscribed": member["email_consent"] == "unsubscribed",
    }
    with st.form("edit_member", border=False):
        fields = member_fields(before, today=today, key=f"edit_{member['member_id']}")
        if st.form_submit_button(t("Save"), type="primary", icon=":material/check:"):
            changes = changed(before, fields)
            try:
                if changes:
                    members_api.update(member["member_id"], changes)
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Saved"))
            st.rerun()


zone = session.timezone()
today = datetime.now(ZoneInfo(zone)).date()
member = members_api.read(chosen_id())
day_shown = last_day([member], today)
way_back()
campaign_under_way()
heading(member)
last_day_note(day_shown, today)
risk = churn_risk_api.read(member["member_id"]) if member["status"] == "active" else None
figures(member, risk)
forecast(member)
visits_and_reasons(member, risk, day_shown)
names = [
    t("Visits"),
    t("Memberships"),
    t("Emails"),
    *([t("Edit")] if session.may("edit_members") else []),
]
visits_tab, memberships_tab, mails_tab, *edit_tab = st.tabs(names)
with visits_tab:
    visits_list(member["member_id"], zone, today)
with memberships_tab:
    memberships_panel(member["member_id"], member["memberships"], today)
with mails_tab:
    mails_list(member["member_id"], zone)
for tab in edit_tab:
    with tab:
        edit_form(member, zone, today)
compose_if_open()
