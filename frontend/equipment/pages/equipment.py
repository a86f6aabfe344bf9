"""What members train on, and what of it works; the address keeps the choice."""

from typing import Any

import pandas as pd
import streamlit as st

from frontend.equipment import client as equipment_api
from frontend.equipment.fields import CATEGORIES, STATUSES
from frontend.kit import session
from frontend.kit.api_types import EquipmentItem
from frontend.kit.errors import nothing_here
from frontend.kit.formats import as_date, column_day
from frontend.kit.i18n import mark_forms, t, translated
from frontend.kit.lists import PAGE, choose, is_narrowed, search_row, title_row
from frontend.kit.paging import current_page, pager

SIZE = 15
ONE = "equipment/pages/equipment_item.py"
SORTS = {
    "name": t("Name"),
    "-purchased_on": t("Newest purchase"),
    "purchased_on": t("Oldest purchase"),
}
STATUS_COLOURS = ["green", "red", "orange", "gray"]


def filters() -> dict[str, Any]:
    with search_row(t("Name or serial number"), SORTS) as wanted:
        wanted["status"] = choose(
            t("Status"), translated(STATUSES), otherwise=t("Any status"), key="status"
        )
        wanted["category"] = choose(
            t("Category"), translated(CATEGORIES), otherwise=t("Any category"), key="category"
        )
    return wanted


def table(items: list[EquipmentItem]) -> None:
    config = st.column_config

    def open_one() -> None:
        chosen = items[st.session_state["equipment_open"].row]
        st.switch_page(ONE, query_params={"id": str(chosen["equipment_id"])})

    frame = pd.DataFrame(
        {
            "name": [item["name"] for item in items],
            "status": [[t(STATUSES[item["status"]])] for item in items],
            "category": [t(CATEGORIES[item["category"]]) for item in items],
            "location": [item["location"] or "" for item in items],
            "serial_number": [item["serial_number"] or "" for item in items],
            "purchased_on": [as_date(item["purchased_on"]) for item in items],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=40,
        height="content",
        placeholder="–",
        alt=t("Equipment"),
        column_config={
            "name": config.ButtonColumn(
                t("Name"), key="equipment_open", on_click=open_one, type="tertiary",
                alignment="left", width=190, pinned=True,
            ),
            "status": config.MultiselectColumn(
                t("Status"), width=125, options=[t(status) for status in STATUSES.values()],
                color=STATUS_COLOURS,
            ),
            "category": config.TextColumn(t("Category"), width=110),
            "location": config.TextColumn(t("Location"), width=200),
            "serial_number": config.TextColumn(t("Serial number"), width=140),
            "purchased_on": config.DateColumn(
                t("Purchased on"), format=column_day(), width=120
            ),
        },
    )  # fmt: skip


with title_row(t("Equipment")):
    if session.may("edit_equipment") and st.button(
        t("Add equipment"), type="primary", icon=":material/add:", key="add"
    ):
        st.switch_page(ONE)
wanted = filters()
found = equipment_api.page(**wanted, page=current_page(PAGE), size=SIZE)
if found["total"]:
    table(found["items"])
    pager(
        found["total"], SIZE, key=PAGE, forms=mark_forms("{n} machine", "{n} machines"), bound=True
    )
elif is_narrowed(wanted):
    nothing_here(t("Nothing matches"), t("No equipment fits the search and filters."))
else:
    nothing_here(
        t("No equipment yet"), t("Add the first machine, to know what works and where it stands."),
        icon=":material/exercise:",
    )  # fmt: skip
