"""A member's memberships: how they stand, what can be done with them, and what was done."""

from datetime import date
from functools import partial

import pandas as pd
import streamlit as st

from frontend.kit.api_types import MembershipDetail, MembershipItem
from frontend.kit.formats import (
    as_date,
    as_moment,
    column_day,
    exact_money,
    moment,
    plain,
    short_day,
)
from frontend.kit.i18n import t
from frontend.kit.session import currency, may
from frontend.kit.tables import write_numbers
from frontend.memberships import client as memberships_api
from frontend.memberships.assigning import assign_button
from frontend.memberships.debt import debt
from frontend.memberships.dialogs import move_buttons
from frontend.memberships.words import (
    LEAVING_REASONS,
    STATE_COLOURS,
    STATES,
    Shown,
    event,
    price,
    prospect,
)

OVER = ("cancelled", "expired")


def memberships_panel(
    member_id: int, periods: list[MembershipItem], zone: str, today: date
) -> None:
    """`periods` newest first."""
    running = [period for period in periods if period["state"] not in OVER]
    for period in reversed(running):
        _card(memberships_api.read(period["membership_id"]), zone, today)
    if not periods:
        st.caption(t("No membership is known, so this member counts as active."))
    elif not running:
        st.caption(t("No membership runs now."))
    if may("edit_memberships"):
        assign_button(member_id, _first_free_day(running, today))
    past = [period for period in periods if period["state"] in OVER]
    if past:
        st.subheader(t("Earlier memberships"), anchor=False)
        _table(past)
        chosen = st.selectbox(
            t("History of"), [period["membership_id"] for period in past], index=None,
            format_func={
                period["membership_id"]: f"{period['plan_name']} · "
                f"{short_day(as_date(period['starts_on']))}"
                for period in past
            }.__getitem__,
            placeholder=t("Choose a membership"),
        )  # fmt: skip
        if chosen is not None:
            _history(memberships_api.read(chosen), zone)


def _card(one: MembershipDetail, zone: str, today: date) -> None:
    with st.container(border=True):
        outline(one, today)
        if one["credit"]:
            st.caption(
                t("Credit of the plan before: {amount}",
                  amount=plain(exact_money(one["credit"], currency())))
            )  # fmt: skip
        debt(one, today)
        if may("edit_memberships"):
            move_buttons(one, today)
        with st.expander(t("History and terms"), icon=":material/history:"):
            _history(one, zone)


def outline(one: Shown, today: date) -> None:
    """What it is, what it costs, how it goes on, and when it rests."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.subheader(plain(one["plan_name"]), anchor=False, width="content")
        st.badge(t(STATES[one["state"]]), color=STATE_COLOURS[one["state"]])
    since = t("since {day}", day=short_day(as_date(one["starts_on"])))
    st.markdown(f"{plain(price(one))} · {since}  \n{plain(prospect(one))}")
    for freeze in one["freezes"]:
        first, last = as_date(freeze["starts_on"]), as_date(freeze["ends_on"])
        if last and last >= today:
            days = {"first": short_day(first), "last": short_day(last)}
            reason = f" · {freeze['reason']}" if freeze["reason"] else ""
            text = t("Frozen from {first} to {last}", **days)
            st.caption(f":material/ac_unit: {plain(text + reason)}")


def _history(one: MembershipDetail, zone: str) -> None:
    if one["history"]:
        rows = {
            "when": [moment(as_moment(entry["happened_at"], zone)) for entry in one["history"]],
            "what": [event(entry) for entry in one["history"]],
            "who": [entry["by"] or t("Comeback") for entry in one["history"]],
            "why": [entry["reason"] or "" for entry in one["history"]],
        }
        names = {"when": t("When"), "what": t("What"), "who": t("Who"), "why": t("Why")}
        st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=names, alt=t("History"))
    else:
        st.caption(t("Nothing was done with it here."))
    if one["terms"]:
        frame = pd.DataFrame(
            {
                "term": [term["term"] for term in one["terms"]],
                "from": [as_date(term["starts_on"]) for term in one["terms"]],
                "until": [as_date(term["ends_on"]) for term in one["terms"]],
                "price": [term["price"] for term in one["terms"]],
            }
        )
        config = st.column_config
        st.dataframe(
            write_numbers(frame, price=partial(exact_money, currency=currency())),
            hide_index=True,
            alt=t("Terms"),
            column_config={
                "term": config.NumberColumn(t("Term")),
                "from": config.DateColumn(t("From"), format=column_day()),
                "until": config.DateColumn(t("Until"), format=column_day()),
                "price": config.NumberColumn(t("Price")),
            },
        )


def _table(periods: list[MembershipItem]) -> None:
    frame = pd.DataFrame(
        {
            "plan": [period["plan_name"] for period in periods],
            "from": [as_date(period["starts_on"]) for period in periods],
            "until": [as_date(period["ends_on"]) for period in periods],
            "price": [period["yearly_price"] for period in periods],
            "ended": [_ended(period) for period in periods],
        }
    )
    config = st.column_config
    st.dataframe(
        write_numbers(frame, price=partial(exact_money, currency=currency())),
        hide_index=True,
        row_height=40,
        alt=t("Earlier memberships"),
        column_config={
            "plan": config.TextColumn(t("Plan")),
            "from": config.DateColumn(t("From"), format=column_day()),
            "until": config.DateColumn(t("Until"), format=column_day()),
            "price": config.NumberColumn(t("A year")),
            "ended": config.TextColumn(t("Cancelled"), width=250),
        },
    )


def _ended(period: MembershipItem) -> str:
    if not period["cancelled_on"]:
        return ""
    reason = period["leaving_reason"]
    parts = [
        short_day(as_date(period["cancelled_on"])),
        t(LEAVING_REASONS[reason]) if reason else "",
        period["cancel_reason"] or "",
    ]
    return " · ".join(part for part in parts if part)


def _first_free_day(running: list[MembershipItem], today: date) -> date:
    """The day after what runs, where that has an end."""
    ends = [as_date(period["ends_on"]) for period in running]
    known = [day for day in ends if day is not None]
    return date.fromordinal(max(known).toordinal() + 1) if known else today
