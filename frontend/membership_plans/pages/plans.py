"""What the gym sells. A plan that is no longer offered is retired, never removed."""

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import Page, PlanItem
from frontend.kit.errors import nothing_here
from frontend.kit.formats import exact_money, plain
from frontend.kit.i18n import mark, mark_forms, t, translated
from frontend.kit.lists import PAGE, choose, is_narrowed, title_row
from frontend.kit.paging import current_page, pager
from frontend.kit.tables import write_numbers
from frontend.membership_plans import client as plans_api
from frontend.membership_plans.fields import read_draft
from frontend.membership_plans.promotions import promotions_panel
from frontend.membership_plans.wording import (
    KINDS,
    describe_end,
    describe_length,
    describe_members,
    describe_next_price,
)

SIZE = 20
ONE = "membership_plans/pages/plan.py"
OFFERED = {"true": mark("Offered"), "false": mark("Not offered any more")}


def filters() -> dict[str, Any]:
    with st.container(horizontal=True):
        return {
            "kind": choose(t("Kind"), translated(KINDS), otherwise=t("Any kind"), key="kind"),
            "is_active": choose(
                t("Offered"), translated(OFFERED), otherwise=t("All"), key="offered"
            ),
        }


def table(plans: list[PlanItem]) -> None:
    config = st.column_config

    def open_one() -> None:
        chosen = plans[st.session_state["plan_open"].row]
        st.switch_page(ONE, query_params={"id": str(chosen["plan_id"])})

    frame = pd.DataFrame(
        {
            "name": [plan["name"] for plan in plans],
            "kind": [t(KINDS[plan["kind"]]) for plan in plans],
            "length": [describe_length(plan) for plan in plans],
            "price": [plan["price"] for plan in plans],
            "next_price": [describe_next_price(plan) for plan in plans],
            "end": [describe_end(plan) for plan in plans],
            "members": [describe_members(plan) for plan in plans],
            "is_active": [plan["is_active"] for plan in plans],
            "features": [plan["features"] for plan in plans],
        }
    )
    st.dataframe(
        write_numbers(frame, price=partial(exact_money, currency=session.currency())),
        hide_index=True,
        row_height=40,
        height="content",
        alt=t("Membership plans"),
        placeholder="–",
        column_config={
            "name": config.ButtonColumn(
                t("Name"), key="plan_open", on_click=open_one, type="tertiary", alignment="left",
                width=170, pinned=True,
            ),
            "kind": config.TextColumn(t("Kind"), width=120),
            "length": config.TextColumn(t("Length"), width=150),
            "price": config.NumberColumn(t("Price per term"), width=110),
            "next_price": config.TextColumn(t("Next price"), width=150),
            "end": config.TextColumn(t("At its end"), width=130),
            "members": config.TextColumn(t("Members"), width=100),
            "is_active": config.CheckboxColumn(t("Offered"), width=80),
            "features": config.ListColumn(t("Includes")),
        },
    )  # fmt: skip


def unsaved(plans: list[PlanItem]) -> None:
    """What was typed on a plan's page and is not saved."""
    for draft in (read_draft(plan) for plan in (None, *plans)):
        if draft.changes or draft.problems:
            text = " ".join([t("{name} is not saved yet.", name=draft.name), *draft.problems])
            st.markdown(f":orange[:material/edit_note:] {plain(text)}")


def show(found: Page[PlanItem], wanted: dict[str, Any]) -> None:
    if found["total"]:
        table(found["items"])
        pager(found["total"], SIZE, key=PAGE, forms=mark_forms("{n} plan", "{n} plans"), bound=True)
    elif is_narrowed(wanted):
        nothing_here(t("Nothing matches"), t("No plan fits the filters."))
    else:
        nothing_here(
            t("No plan yet"), t("Add the first one, and put members on it."), icon=":material/sell:"
        )
    unsaved(found["items"])


with title_row(t("Plans")):
    if st.button(t("Add a plan"), type="primary", icon=":material/add:", key="add"):
        st.switch_page(ONE)
plans_tab, promotions_tab = st.tabs([t("Plans"), t("Promotions")])
with plans_tab:
    wanted = filters()
    found = plans_api.page(**wanted, page=current_page(PAGE), size=SIZE)
    show(found, wanted)
with promotions_tab:
    promotions_panel({plan["plan_id"]: plan["name"] for plan in found["items"]})
