"""Who works with the gym's data, and who is invited to; the address keeps the choice."""

from typing import Any

import pandas as pd
import streamlit as st

from frontend.auth.roles import STAFF, role_name
from frontend.kit import session
from frontend.kit.api_types import TeamItem
from frontend.kit.errors import nothing_here
from frontend.kit.formats import as_moment, moment
from frontend.kit.i18n import mark, mark_forms, t, translated
from frontend.kit.lists import PAGE, choose, is_narrowed, title_row
from frontend.kit.paging import current_page, pager
from frontend.team import client as team_api
from frontend.team.invitations import invite_form, open_invitations

SIZE = 15
ONE = "team/pages/teammate.py"
STATES = {"active": mark("Active"), "disabled": mark("Disabled")}


def filters() -> dict[str, Any]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        role = choose(
            t("Role"), {role: role_name(role) for role in STAFF}, otherwise=t("Any role"),
            key="role",
        )  # fmt: skip
        state = choose(t("State"), translated(STATES), otherwise=t("Any state"), key="state")
    is_active = None if state is None else str(state == "active").lower()
    return {"role": role, "is_active": is_active}


def table(people: list[TeamItem]) -> None:
    config = st.column_config

    def open_one() -> None:
        chosen = people[st.session_state["team_open"].row]
        st.switch_page(ONE, query_params={"id": str(chosen["user_id"])})

    zone = session.timezone()
    frame = pd.DataFrame(
        {
            "name": [one["name"] for one in people],
            "role": [role_name(one["role"]) for one in people],
            "state": [[t(STATES["active" if one["is_active"] else "disabled"])] for one in people],
            "last_used": [
                moment(as_moment(one["last_used_at"], zone)) if one["last_used_at"] else t("never")
                for one in people
            ],
            "email": [one["email"] for one in people],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=40,
        height="content",
        alt=t("Team"),
        column_config={
            "name": config.ButtonColumn(
                t("Name"), key="team_open", on_click=open_one, type="tertiary",
                alignment="left", width=190, pinned=True,
            ),
            "role": config.TextColumn(t("Role"), width=120),
            "state": config.MultiselectColumn(
                t("State"), width=105, options=[t(state) for state in STATES.values()],
                color=["green", "gray"],
            ),
            "last_used": config.TextColumn(t("Last use"), width=170),
            "email": config.TextColumn(t("Email"), width=240),
        },
    )  # fmt: skip


with title_row(t("Team")):
    if session.may("edit_team"):
        with st.popover(t("Invite"), icon=":material/person_add:", type="primary", key="invite"):
            invite_form()
wanted = filters()
found = team_api.page(**wanted, page=current_page(PAGE), size=SIZE)
if found["total"]:
    table(found["items"])
    forms = mark_forms("{n} person", "{n} people")
    pager(found["total"], SIZE, key=PAGE, forms=forms, bound=True)
elif is_narrowed(wanted):
    nothing_here(t("Nothing matches"), t("Nobody on the team fits the filters."))
open_invitations()
