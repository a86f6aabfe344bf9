"""A member's periods on a plan: see them, start one, end one."""

from collections.abc import Callable
from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import MembershipItem, PlanItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, column_day, date_field, exact_money, money, short_day
from frontend.kit.i18n import t
from frontend.kit.session import currency, may
from frontend.kit.tables import write_numbers
from frontend.kit.toasts import toast_next
from frontend.membership_plans import client as plans_api
from frontend.memberships import client as memberships_api


def memberships_panel(member_id: int, periods: list[MembershipItem], today: date) -> None:
    plans = {plan["plan_id"]: plan for plan in plans_api.list_all()}
    if periods:
        _table(periods)
    else:
        st.caption(t("No membership is known, so this member counts as active."))
    if may("edit_memberships"):
        with st.container(horizontal=True):
            _end(periods, today)
            _assign(member_id, plans, today)


def _table(periods: list[MembershipItem]) -> None:
    frame = pd.DataFrame(
        {
            "plan": [period["plan_name"] for period in periods],
            "from": [as_date(period["starts_on"]) for period in periods],
            "until": [as_date(period["ends_on"]) for period in periods],
            "price": [period["yearly_price"] for period in periods],
            "cancelled": [_cancelled(period) for period in periods],
        }
    )
    config = st.column_config
    st.dataframe(
        write_numbers(frame, price=partial(exact_money, currency=currency())),
        hide_index=True,
        row_height=40,
        alt=t("Memberships"),
        placeholder=t("open"),
        column_config={
            "plan": config.TextColumn(t("Plan")),
            "from": config.DateColumn(t("From"), format=column_day()),
            "until": config.DateColumn(t("Until"), format=column_day()),
            "price": config.NumberColumn(t("A year")),
            "cancelled": config.TextColumn(t("Cancelled"), width=250),
        },
    )


def _cancelled(period: MembershipItem) -> str:
    if not period["cancelled_on"]:
        return ""
    parts = [short_day(as_date(period["cancelled_on"])), period["cancel_reason"] or ""]
    return " · ".join(part for part in parts if part)


def _end(periods: list[MembershipItem], today: date) -> None:
    running = {
        period["membership_id"]: period
        for period in periods
        if not period["ends_on"] or (as_date(period["ends_on"]) or today) > today
    }
    if not running:
        return
    with (
        st.popover(t("End a membership"), icon=":material/event_busy:"),
        st.form("end_membership", border=False),
    ):
        chosen = st.selectbox(
            t("Membership"), list(running),
            format_func=lambda number: running[number]["plan_name"],
        )  # fmt: skip
        ends_on = st.date_input(t("Last day"), today, format=date_field())
        reason = st.text_input(t("Reason"), max_chars=MAX_LENGTH["MembershipEndRequest"]["reason"])
        if st.form_submit_button(t("End it"), type="primary"):
            fields = {"ends_on": str(ends_on), "reason": reason.strip() or None}
            _try(lambda: memberships_api.end(chosen, fields), t("Membership ended"))


def _assign(member_id: int, plans: dict[int, PlanItem], today: date) -> None:
    labels = {
        number: f"{plan['name']} · {money(plan['price'], currency())}"
        for number, plan in plans.items()
        if plan["is_active"]
    }
    if not labels:
        st.caption(t("There is no plan to assign yet. Make one under Plans."))
        return
    with (
        st.popover(t("Assign a plan"), icon=":material/add_card:"),
        st.form("assign_plan", border=False),
    ):
        plan_id = st.selectbox(t("Plan"), list(labels), format_func=labels.__getitem__)
        starts_on = st.date_input(t("First day"), today, format=date_field())
        if st.form_submit_button(t("Assign"), type="primary"):
            fields = {"member_id": member_id, "plan_id": plan_id, "starts_on": str(starts_on)}
            _try(lambda: memberships_api.create(fields), t("Plan assigned"))


def _try(action: Callable[[], object], done: str) -> None:
    try:
        action()
    except ApiError as error:
        refusal(error)
        return
    toast_next(done)
    st.rerun()
