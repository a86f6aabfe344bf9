"""Whether a membership is paid for, as the desk says."""

from datetime import date

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import MembershipDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, date_field, short_day
from frontend.kit.i18n import t
from frontend.kit.session import may
from frontend.kit.toasts import toast_next
from frontend.memberships import client as memberships_api


def debt(one: MembershipDetail, today: date) -> None:
    key = one["membership_id"]
    since = as_date(one["unpaid_since"])
    if since is not None:
        with st.container(horizontal=True, vertical_alignment="center"):
            text = t("Not paid since {day}", day=short_day(since))
            st.badge(text, icon=":material/money_off:", color="red")
            if may("edit_memberships") and st.button(
                t("Has been paid"), icon=":material/check:", key=f"paid_{key}"
            ):
                try:
                    memberships_api.mark_paid(key)
                except ApiError as error:
                    refusal(error)
                else:
                    toast_next(t("Saved"))
                    st.rerun()
    elif may("edit_memberships"):
        _mark(one, today)


def _mark(one: MembershipDetail, today: date) -> None:
    key = one["membership_id"]
    begun = as_date(one["starts_on"]) or today
    if begun > today:
        return
    with (
        st.popover(t("Not paid"), icon=":material/money_off:", key=f"unpaid_{key}"),
        st.form(f"mark_unpaid_{key}", border=False),
    ):
        st.caption(t("After your days of grace they may not enter until it is paid."))
        since = st.date_input(
            t("First unpaid day"), today, min_value=begun, max_value=today, format=date_field(),
            key=f"unpaid_since_{key}",
        )  # fmt: skip
        reason = st.text_input(
            t("Reason"), max_chars=MAX_LENGTH["DebtRequest"]["reason"], key=f"unpaid_why_{key}"
        )
        if not st.form_submit_button(t("Save"), type="primary"):
            return
        try:
            memberships_api.mark_unpaid(
                key, {"unpaid_since": str(since), "reason": reason.strip() or None}
            )
        except ApiError as error:
            refusal(error)
            return
        toast_next(t("Saved"))
        st.rerun()
