"""Where members train, and the days on which it is closed; the address keeps the choice."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import LocationItem
from frontend.kit.formats import weekday_name, whole
from frontend.kit.i18n import t
from frontend.kit.lists import title_row
from frontend.kit.tables import write_numbers
from frontend.locations import client as locations_api
from frontend.locations.closed_days import list_closures
from frontend.locations.hours import write_day

ONE = "locations/pages/location.py"


def table(locations: list[LocationItem], today: date) -> None:
    config = st.column_config

    def open_one() -> None:
        chosen = locations[st.session_state["location_open"].row]
        st.switch_page(ONE, query_params={"id": str(chosen["location_id"])})

    frame = pd.DataFrame(
        {
            "name": [one["name"] for one in locations],
            "state": [[_name_state(one)] for one in locations],
            "today": [_say_hours(one, today) for one in locations],
            "capacity": [one["capacity"] for one in locations],
            "address": [one["address"] or "" for one in locations],
            "phone": [one["phone"] or "" for one in locations],
        }
    )
    st.dataframe(
        write_numbers(frame, capacity=whole),
        hide_index=True,
        row_height=40,
        height="content",
        placeholder="–",
        alt=t("Locations"),
        column_config={
            "name": config.ButtonColumn(
                t("Name"), key="location_open", on_click=open_one, type="tertiary",
                alignment="left", width=190, pinned=True,
            ),
            "state": config.MultiselectColumn(
                t("Now"), width=110, options=[t("Open now"), t("Closed"), t("Not in use")],
                color=["green", "orange", "gray"],
            ),
            "today": config.TextColumn(
                t("Hours on {day}", day=weekday_name(today.weekday())), width=190
            ),
            "capacity": config.NumberColumn(t("Capacity"), width=90),
            "address": config.TextColumn(t("Address"), width=240),
            "phone": config.TextColumn(t("Phone"), width=150),
        },
    )  # fmt: skip


def _name_state(location: LocationItem) -> str:
    if not location["is_active"]:
        return t("Not in use")
    return t("Open now") if location["is_open"] else t("Closed")


def _say_hours(location: LocationItem, today: date) -> str:
    if not location["opening_hours"]:
        return t("Always open")
    return write_day(location["opening_hours"], today.weekday()) or t("Closed")


def list_locations(today: date) -> list[LocationItem]:
    with title_row(t("Locations")):
        if session.may("edit_locations") and st.button(
            t("Add a location"), type="primary", icon=":material/add:", key="add"
        ):
            st.switch_page(ONE)
    everything = locations_api.list_all()
    used = [one for one in everything if one["is_active"]]
    shows_retired = len(used) < len(everything) and st.toggle(
        t("Show those not in use"), key="retired", bind="query-params"
    )
    table(everything if shows_retired else used, today)
    return everything


today = datetime.now(ZoneInfo(session.timezone())).date()
list_closures(list_locations(today), today)
