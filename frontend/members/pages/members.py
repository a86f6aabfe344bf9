"""Everybody, searched, filtered, sorted and paged by the server; the address keeps the choice."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import MemberItem
from frontend.kit.errors import nothing_here
from frontend.kit.formats import as_date, column_day, days_ago, member_name, whole, whole_money
from frontend.kit.freshness import last_day, last_day_note
from frontend.kit.i18n import mark_forms, t
from frontend.kit.links import member_column
from frontend.kit.paging import current_page, pager
from frontend.kit.tables import write_numbers
from frontend.members import client as members_api
from frontend.members.words import SEGMENTS, STATUSES
from frontend.membership_plans import client as plans_api

SIZE = 15
PAGE = "page"
SORTS = {
    "name": t("Name"),
    "-last_visit": t("Latest visit"),
    "last_visit": t("Longest away"),
    "-yearly_value": t("Worth most a year"),
    "-join_date": t("Newest member"),
}
STATUS_COLOURS = ["green", "blue", "orange", "gray"]


def first_page() -> None:
    st.session_state[PAGE] = 1


def filters() -> dict[str, Any]:
    shared: dict[str, Any] = {"bind": "query-params", "on_change": first_page}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            t("Search"), placeholder=t("Name, number or email"), type="search", live=True,
            key="search", width=280, icon=":material/search:", **shared,
        )  # fmt: skip
        sort = st.selectbox(
            t("Sort by"), list(SORTS), format_func=SORTS.__getitem__, key="sort", width=190,
            **shared,
        )  # fmt: skip
        with st.popover(t("Filters"), icon=":material/tune:"):
            status = st.selectbox(
                t("Status"), list(STATUSES), index=None,
                format_func=lambda code: t(STATUSES[code]),
                placeholder=t("Any status"), key="status", width=260, **shared,
            )  # fmt: skip
            plans = {plan["plan_id"]: plan["name"] for plan in plans_api.list_all()}
            plan_id = st.selectbox(
                t("Plan"), list(plans), index=None, format_func=plans.__getitem__,
                placeholder=t("All plans"), key="members_plan", width=260, on_change=first_page,
            )  # fmt: skip
            segment = st.selectbox(
                t("Value segment"), list(SEGMENTS), index=None,
                format_func=lambda code: t(SEGMENTS[code]), placeholder=t("Any segment"),
                key="segment", width=260, **shared,
            )  # fmt: skip
    return {
        "search": search, "sort": sort, "status": status, "plan_id": plan_id, "segment": segment,
    }  # fmt: skip


def table(members: list[MemberItem]) -> None:
    config = st.column_config

    frame = pd.DataFrame(
        {
            "member": [member_name(m["name"], m["number"]) for m in members],
            "status": [[t(STATUSES[m["status"]])] for m in members],
            "last": [days_ago(m["inactive_days"]) for m in members],
            "visits": [m["visits"] for m in members],
            "plan": [m["plan_name"] or "" for m in members],
            "value": [m["yearly_value"] for m in members],
            "segment": [t(SEGMENTS[m["segment"]]) if m["segment"] else "" for m in members],
            "joined": [as_date(m["join_date"]) for m in members],
            "email": [m["email"] for m in members],
        }
    )
    st.dataframe(
        write_numbers(
            frame, visits=whole, value=partial(whole_money, currency=session.currency())
        ),
        hide_index=True,
        row_height=40,
        height="content",
        placeholder="–",
        alt=t("Members"),
        column_config={
            "member": member_column(
                [member["member_id"] for member in members], key="members_open",
                back="members/pages/members.py", width=170,
            ),
            "status": config.MultiselectColumn(
                t("Status"), width=100, options=[t(status) for status in STATUSES.values()],
                color=STATUS_COLOURS,
            ),
            "last": config.TextColumn(t("Last visit"), width=105),
            "visits": config.NumberColumn(t("Visits"), width=70),
            "plan": config.TextColumn(t("Plan"), width=115),
            "value": config.NumberColumn(t("Worth a year"), width=105),
            "segment": config.TextColumn(
                t("Value segment"), width=130,
                help=t("How often, how lately and for how much: a grouping of all members, not "
                       "the list of those at risk"),
            ),
            "joined": config.DateColumn(t("Joined"), format=column_day(), width=105),
            "email": config.TextColumn(t("Email"), width=220),
        },
    )  # fmt: skip


with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    with st.container(gap=None, width="content"):
        st.title(t("Members"), anchor=False)
    if session.may("edit_members") and st.button(
        t("Add a member"), type="primary", icon=":material/person_add:"
    ):
        st.switch_page("members/pages/add_member.py")
wanted = filters()
page = current_page(PAGE)
found = members_api.page(**wanted, page=page, size=SIZE)
if not found["total"]:
    is_filtered = any(value for name, value in wanted.items() if name != "sort")
    if is_filtered:
        nothing_here(t("Nobody matches"), t("No member fits the search and filters."))
    else:
        nothing_here(
            t("No members yet"), t("Import a list, or add the first one by hand."),
            icon=":material/group:",
            way_on=(t("Import members"), "imports/pages/imports.py")
            if session.may("import_data") else None,
        )  # fmt: skip
else:
    today = datetime.now(ZoneInfo(session.timezone())).date()
    last_day_note(last_day(found["items"], today), today)
    table(found["items"])
    pager(found["total"], SIZE, key=PAGE, forms=mark_forms("{n} member", "{n} members"), bound=True)
