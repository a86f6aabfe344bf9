"""A member's latest visits and the mails they got."""

from datetime import date

import pandas as pd
import streamlit as st

from frontend.campaigns.mail_blocks import STATES
from frontend.check_ins import client as check_ins_api
from frontend.kit import charts
from frontend.kit.api_types import CheckInItem
from frontend.kit.client import ApiError, NotFound
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, short_month, whole
from frontend.kit.i18n import mark_forms, t
from frontend.kit.paging import current_page, pager, pages_of
from frontend.kit.session import may, refresh
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api

SIZE = 10


def visits_panel(member_id: int, zone: str, today: date) -> None:
    visit_history(member_id)
    visits_list(member_id, zone, today)


def visit_history(member_id: int) -> None:
    """What they are proud of, and the last twelve months."""
    history = check_ins_api.read_history(member_id)
    if not history["visits"]:
        return
    with st.container(horizontal=True):
        st.metric(
            t("Weeks in a row"), whole(history["current_weeks"]), border=True,
            help=t("With a visit, up to this week. A week with closed days breaks nothing."),
        )  # fmt: skip
        st.metric(t("Longest so far"), whole(history["longest_weeks"]), border=True)
    months = [
        (short_month(date.fromisoformat(one["month"])), one["visits"])
        for one in history["by_month"]
    ]
    charts.draw(charts.columns(months, height=160), alt=t("Visits by month"))


def visits_list(member_id: int, zone: str, today: date) -> None:
    key = f"visits_page_{member_id}"
    found = check_ins_api.page(member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        st.caption(t("No visit yet."))
        return
    if not found["items"]:  # the only visit of this page was taken back
        st.session_state[key] = pages_of(found["total"], SIZE)
        found = check_ins_api.page(member_id, page=current_page(key), size=SIZE)
    rows = {
        "in": [moment(as_moment(row["check_in"], zone)) for row in found["items"]],
        "out": [moment(as_moment(row["check_out"], zone)) for row in found["items"]],
        "method": [(row["method"] or "").replace("_", " ").capitalize() for row in found["items"]],
    }
    names = {"in": t("In"), "out": t("Out"), "method": t("How")}
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=names, height="content",
        alt=t("Visits, newest first"),
    )  # fmt: skip
    pager(found["total"], SIZE, key=key, forms=mark_forms("{n} visit", "{n} visits"))
    _take_back(found["items"], zone, today)


def _take_back(visits: list[CheckInItem], zone: str, today: date) -> None:
    """The desk takes back what it recorded today; earlier visits are for the managers."""
    entered = {visit["check_in_id"]: as_moment(visit["check_in"], zone) for visit in visits}
    offered = [
        number
        for number, instant in entered.items()
        if may("take_back_earlier_check_ins") or (instant and instant.date() >= today)
    ]
    if not offered:
        return
    with (
        st.popover(t("Take back a visit"), icon=":material/undo:"),
        st.form("take_back", border=False),
    ):
        # Nothing is chosen beforehand: a second click would take back the next visit of the list.
        chosen = st.selectbox(
            t("Visit"), offered, format_func=lambda number: moment(entered[number]), index=None,
            placeholder=t("Which one?"),
        )  # fmt: skip
        st.caption(t("For a visit that never was, such as a wrong tap. No figure will count it."))
        if not st.form_submit_button(t("Take it back"), type="primary"):
            return
        if chosen is None:
            st.error(t("Choose a visit first."), icon=":material/error:")
            return
        try:
            check_ins_api.take_back(chosen)
        except NotFound:
            refresh()
            toast_next(t("It had been taken back already."))
        except ApiError as error:
            refusal(error)
            return
        else:
            toast_next(t("Visit taken back"))
        st.rerun()


def mails_list(member_id: int, zone: str) -> None:
    found = members_api.page_messages(member_id)
    if not found["total"]:
        st.caption(t("You have not written to this member yet."))
        return
    rows = {
        "subject": [mail["subject"] for mail in found["items"]],
        "state": [t(STATES[mail["state"]]) for mail in found["items"]],
        "sent": [moment(as_moment(mail["sent_at"], zone)) for mail in found["items"]],
    }
    names = {"subject": t("Subject"), "state": t("State"), "sent": t("When")}
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=names, alt=t("Mails to this member")
    )
