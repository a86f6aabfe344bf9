"""One member: the figures at a glance, and in tabs all that is known; only the open one is read."""

import uuid
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.audit_log.parts import member_changes
from frontend.campaigns.campaign_progress import campaign_under_way
from frontend.campaigns.compose import compose_if_open, open_compose
from frontend.check_ins import client as check_ins_api
from frontend.churn_risk import client as churn_risk_api
from frontend.households.panel import household_panel
from frontend.kit import colours, session
from frontend.kit.api_types import MemberDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import member_name, plain
from frontend.kit.freshness import last_day, last_day_note
from frontend.kit.i18n import t
from frontend.kit.links import came_from, chosen_id
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.door_code import door_code_panel
from frontend.members.figures import figures, forecast, visits_and_reasons
from frontend.members.files import documents_panel, show_photo
from frontend.members.history import mails_list, visits_panel
from frontend.members.medical_notes import medical_panel
from frontend.members.notes import notes_panel
from frontend.members.payments import payments_panel
from frontend.members.profile import profile_panel
from frontend.members.words import SEGMENTS, STANDINGS, STATUSES
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
    if member["standing"] != "member":
        return t("Only members get emails.")
    if member["email_consent"] == "unsubscribed":
        return t("They unsubscribed.")
    return None if member["email"] else t("No email address is known.")


def heading(member: MemberDetail) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        show_photo(member, width=96)
        with st.container(gap="xsmall", width="content"):
            st.title(plain(member_name(member["name"], member["number"])), anchor=False)
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                label = t(STATUSES[member["status"]])
                if not member["status_known"]:
                    label = t("{status} (no membership known)", status=label)
                if member["standing"] != "member":
                    st.badge(t(STANDINGS[member["standing"]]), color="gray")
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


zone = session.timezone()
today = datetime.now(ZoneInfo(zone)).date()
member = members_api.read(chosen_id())
if member["merged_into"] is not None:
    member = members_api.read(member["merged_into"])
member_id = member["member_id"]
day_shown = last_day([member], today)
way_back()
campaign_under_way()
heading(member)
last_day_note(day_shown, today)
risk = churn_risk_api.read(member_id) if member["status"] == "active" else None
figures(member, risk)
forecast(member)
visits_and_reasons(member, risk, day_shown)
panels: dict[str, Callable[[], None]] = {
    t("Profile"): lambda: profile_panel(member, zone, today),
    t("Visits"): lambda: visits_panel(member_id, zone, today),
    t("Memberships"): lambda: memberships_panel(member_id, member["memberships"], zone, today),
    t("Emails"): lambda: mails_list(member_id, zone),
    t("Notes"): lambda: notes_panel(member_id, zone),
}
if session.may("keep_documents"):
    panels[t("Documents")] = lambda: documents_panel(member_id, zone)
if session.may("read_medical_notes"):
    panels[t("Medical notes")] = lambda: medical_panel(member_id, zone)
if session.may("read_memberships"):
    panels[t("Payments")] = lambda: payments_panel(member, zone)
    panels[t("Household")] = lambda: household_panel(member)
if session.may("hand_out_door_codes"):
    panels[t("Door code")] = lambda: door_code_panel(member_id, member["email"])
if session.may("read_audit_log"):
    panels[t("Changes")] = lambda: member_changes(member_id)
for tab, draw in zip(
    st.tabs(list(panels), key="tab", bind="query-params"), panels.values(), strict=True
):
    with tab:
        if tab.open:
            draw()
compose_if_open()
