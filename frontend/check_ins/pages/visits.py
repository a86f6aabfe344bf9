"""When the gym is visited, and by whom; the address keeps the choice."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from frontend.check_ins import client as check_ins_api
from frontend.kit import charts, session
from frontend.kit.api_types import VisitStatistics
from frontend.kit.client import ApiError
from frontend.kit.errors import nothing_here, refusal
from frontend.kit.formats import as_date, date_field, short_day, short_weekday, whole
from frontend.kit.i18n import t
from frontend.kit.lists import choose
from frontend.kit.tables import write_numbers
from frontend.locations import client as locations_api
from frontend.membership_plans import client as plans_api


def filters(today: date) -> dict[str, Any]:
    locations = {one["name"]: one["location_id"] for one in locations_api.list_all()}
    plans = {one["name"]: one["plan_id"] for one in plans_api.list_all()}
    with st.container(horizontal=True):
        days = {
            name: st.date_input(
                label, None, max_value=today, format=date_field(), key=name, width=180,
                bind="query-params",
            )
            for name, label in (("from", t("From")), ("to", t("Until")))
        }  # fmt: skip
        plan = choose(t("Plan"), {one: one for one in plans}, otherwise=t("All plans"), key="plan")
        place = None
        if len(locations) > 1:
            place = choose(
                t("Location"), {one: one for one in locations}, otherwise=t("All locations"),
                key="location",
            )  # fmt: skip
    asked: dict[str, Any] = {name: str(day) for name, day in days.items() if day}
    if plan:
        asked["plan_id"] = plans[plan]
    if place:
        asked["location_id"] = locations[place]
    return asked


def figures(found: VisitStatistics) -> None:
    first, last = as_date(found["first_day"]), as_date(found["last_day"])
    st.caption(t("{first} to {last}", first=short_day(first), last=short_day(last)))
    with st.container(horizontal=True):
        st.metric(t("Visits"), whole(found["visits"]), border=True)
        st.metric(t("Members who came"), whole(found["members"]), border=True)
        days = (last - first).days + 1 if first and last else 1
        st.metric(t("Visits a day"), whole(round(found["visits"] / days)), border=True)


def by_time(found: VisitStatistics) -> None:
    left, right = st.columns(2)
    with left.container(border=True):
        st.subheader(t("By hour"), anchor=False)
        charts.draw(charts.entries_by_hour(found["by_hour"]), alt=t("Visits by hour of the day"))
    with right.container(border=True):
        st.subheader(t("By weekday"), anchor=False)
        weekdays = [
            (short_weekday(number), visits) for number, visits in enumerate(found["by_weekday"])
        ]
        charts.draw(charts.columns(weekdays), alt=t("Visits by weekday"))


def table(title: str, rows: list[dict[str, Any]], unnamed: str) -> None:
    st.subheader(title, anchor=False)
    frame = pd.DataFrame(
        {
            "name": [row["name"] or unnamed for row in rows],
            "visits": [row["visits"] for row in rows],
            "members": [row["members"] for row in rows],
        }
    )
    config = st.column_config
    st.dataframe(
        write_numbers(frame, visits=whole, members=whole),
        hide_index=True,
        row_height=40,
        height="content",
        alt=title,
        column_config={
            "name": config.TextColumn(t("Name"), pinned=True),
            "visits": config.NumberColumn(t("Visits"), width=90),
            "members": config.NumberColumn(t("Members"), width=90),
        },
    )


def show(found: VisitStatistics) -> None:
    figures(found)
    if not found["visits"]:
        nothing_here(t("No visit in these days"), t("Choose other days, or leave a filter out."))
        return
    by_time(found)
    left, right = st.columns(2)
    with left:
        plans: list[dict[str, Any]] = [dict(row) for row in found["by_plan"]]
        table(t("By plan"), plans, t("No membership known"))
    with right:
        locations: list[dict[str, Any]] = [dict(row) for row in found["by_location"]]
        table(t("By location"), locations, t("Not said"))


st.title(t("Visits"), anchor=False)
today = datetime.now(ZoneInfo(session.timezone())).date()
asked = filters(today)
try:
    found = check_ins_api.read_statistics(**asked)
except ApiError as error:
    if error.code != "period_refused":
        raise
    refusal(error)
else:
    show(found)
