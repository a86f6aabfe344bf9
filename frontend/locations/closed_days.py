"""The days on which a location, or the whole gym, is closed."""

from datetime import date
from typing import Any

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import ClosureItem, LocationItem
from frontend.kit.client import ApiError
from frontend.kit.errors import nothing_here, refusal
from frontend.kit.formats import as_date, date_field, plain, short_day
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.lists import PAGE
from frontend.kit.paging import current_page, pager
from frontend.kit.toasts import toast_next
from frontend.locations import client as locations_api

SIZE = 10
WHOLE_GYM = 0


def close_form(locations: list[LocationItem], today: date) -> None:
    names = {WHOLE_GYM: t("The whole gym")}
    names |= {one["location_id"]: one["name"] for one in locations if one["is_active"]}
    with (
        st.popover(t("Add closed days"), icon=":material/event_busy:"),
        st.form("close", border=False),
    ):
        where = st.selectbox(t("What is closed"), list(names), format_func=names.__getitem__)
        days = st.date_input(
            t("First and last day"), (today, today), format=date_field(), key="closed_days"
        )
        reason = st.text_input(t("Reason"), max_chars=200, placeholder=t("Public holiday"))
        pressed = st.form_submit_button(t("Save"), type="primary", icon=":material/check:")
    if not pressed:
        return
    chosen = list(days) if isinstance(days, tuple) else [days]
    if not chosen:
        st.error(t("Choose the first and the last day."), icon=":material/error:")
        return
    fields: dict[str, Any] = {
        "location_id": where or None,
        "starts_on": chosen[0].isoformat(),
        "ends_on": chosen[-1].isoformat(),
        "reason": reason.strip() or None,
    }
    try:
        locations_api.close(fields)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved"))
    st.rerun()


def closure_table(closures: list[ClosureItem], locations: list[LocationItem]) -> None:
    names = {one["location_id"]: one["name"] for one in locations}
    config = st.column_config
    frame = pd.DataFrame(
        {
            "days": [_say_days(one) for one in closures],
            "where": [
                names.get(one["location_id"], "") if one["location_id"] else t("The whole gym")
                for one in closures
            ],
            "reason": [one["reason"] or "" for one in closures],
        }
    )
    columns: dict[str, Any] = {
        "days": config.TextColumn(t("Closed days"), width=270, pinned=True),
        "where": config.TextColumn(t("What is closed"), width=190),
        "reason": config.TextColumn(t("Reason"), width=240),
    }
    if session.may("edit_locations"):

        def take_back() -> None:
            chosen = closures[st.session_state["closure_take_back"].row]
            try:
                locations_api.delete_closure(chosen["closure_id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Taken back: {days}", days=plain(_say_days(chosen))))

        frame["take_back"] = t("Take back")
        columns["take_back"] = config.ButtonColumn(
            "", key="closure_take_back", on_click=take_back, type="tertiary", width=110
        )
    st.dataframe(
        frame, hide_index=True, row_height=40, height="content", placeholder="–",
        alt=t("Closed days"), column_config=columns,
    )  # fmt: skip


def _say_days(closure: ClosureItem) -> str:
    first, last = as_date(closure["starts_on"]), as_date(closure["ends_on"])
    if first is None or last is None or first == last:
        return short_day(first)
    days = count((last - first).days + 1, "{n} day", "{n} days")
    return f"{short_day(first)} – {short_day(last)} ({days})"


def list_closures(locations: list[LocationItem], today: date) -> None:
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.subheader(t("Closed days"), anchor=False, width="content")
        if session.may("edit_locations"):
            close_form(locations, today)
    st.caption(
        t(
            "Days on which the whole gym is closed count in nobody's absence, and for three weeks"
            " nobody is said to come less often."
        )
    )
    shows_past = st.toggle(t("Show past ones"), key="past", bind="query-params")
    asked = {} if shows_past else {"ends_from": today.isoformat()}
    found = locations_api.closures(**asked, page=current_page(PAGE), size=SIZE)
    if found["total"]:
        closure_table(found["items"], locations)
        pager(
            found["total"],
            SIZE,
            key=PAGE,
            forms=mark_forms("{n} closure", "{n} closures"),
            bound=True,
        )
    elif shows_past:
        nothing_here(t("No closed days yet"), t("Add holidays and other days without training."))
    else:
        nothing_here(t("No closed days ahead"), t("Add holidays and other days without training."))
