"""Everybody, searched, filtered, sorted and paged by the server; the address keeps the choice."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from frontend.campaigns.campaign_progress import campaign_under_way
from frontend.campaigns.compose import compose_if_open
from frontend.kit import session
from frontend.kit.api_types import MemberItem
from frontend.kit.errors import nothing_here
from frontend.kit.formats import as_date, column_day, days_ago, member_name, whole, whole_money
from frontend.kit.freshness import last_day, last_day_note
from frontend.kit.i18n import mark_forms, t
from frontend.kit.links import member_column
from frontend.kit.lists import PAGE, is_narrowed, search_row, title_row
from frontend.kit.paging import current_page, pager
from frontend.kit.tables import write_numbers
from frontend.members import client as members_api
from frontend.members.audiences import audiences_popover
from frontend.members.filters import draw_filters
from frontend.members.tags import manage_tags
from frontend.members.words import SEGMENTS, STATUSES

SIZE = 15
SORTS = {
    "name": t("Name"),
    "-last_visit": t("Latest visit"),
    "last_visit": t("Longest away"),
    "-yearly_value": t("Worth most a year"),
    "-join_date": t("Newest member"),
}
STATUS_COLOURS = ["green", "blue", "orange", "gray"]


def filters() -> dict[str, Any]:
    with search_row(t("Name, number or email"), SORTS) as wanted:
        wanted |= draw_filters()
    return wanted


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
            "tags": [m["tags"] for m in members],
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
            "tags": config.ListColumn(t("Tags"), width=150),
            "email": config.TextColumn(t("Email"), width=220),
        },
    )  # fmt: skip


with title_row(t("Members")), st.container(horizontal=True, width="content"):
    manage_tags()
    if session.may("edit_members") and st.button(
        t("Add a member"), type="primary", icon=":material/person_add:"
    ):
        st.switch_page("members/pages/add_member.py")
campaign_under_way()
wanted = filters()
audiences_popover(wanted)
page = current_page(PAGE)
found = members_api.page(**wanted, page=page, size=SIZE)
if not found["total"]:
    if is_narrowed(wanted):
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
compose_if_open()
