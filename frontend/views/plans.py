"""What the gym sells. A plan that is no longer offered is retired, never removed."""

from typing import Any

import pandas as pd
import streamlit as st

from frontend import session
from frontend.client import ApiError
from frontend.components.toasts import toast_next
from frontend.components.trouble import refusal
from frontend.formats import plain, symbol
from frontend.results.members import MembershipPlan
from frontend.session import api
from frontend.texts import count, t

FIELDS = ["name", "duration_months", "price", "description", "is_active"]


def editor(plans: list[MembershipPlan], key: str) -> dict[str, Any]:
    """A table to edit in place; answers what was changed and added."""
    frame = pd.DataFrame([{field: plan.get(field) for field in FIELDS} for plan in plans],
                         columns=FIELDS).astype(
        {"name": "string", "duration_months": "Int64", "price": "Float64",
         "description": "string", "is_active": "boolean"}
    )  # fmt: skip
    config = st.column_config
    st.data_editor(
        frame,
        key=key,
        hide_index=True,
        num_rows="add",
        row_height=40,
        alt=t("Membership plans"),
        column_config={
            "name": config.TextColumn(t("Name"), required=True, max_chars=80),
            "duration_months": config.NumberColumn(
                t("Months it runs"), required=True, min_value=1, max_value=120, step=1, default=1
            ),
            "price": config.NumberColumn(
                t("Price for the whole time"), required=True, min_value=0,
                format=f"{symbol(session.currency())}%,.2f",
            ),
            "description": config.TextColumn(t("Description"), max_chars=500, width="large"),
            "is_active": config.CheckboxColumn(t("Offered"), default=True),
        },
    )  # fmt: skip
    edits: dict[str, Any] = st.session_state[key]
    return edits


def save(plans: list[MembershipPlan], edits: dict[str, Any]) -> bool:
    """One call for each row; stops at the first the API refuses and says which."""
    for row, changes in edits["edited_rows"].items():
        plan = plans[int(row)]
        try:
            api.update_plan(plan["plan_id"], changes)
        except ApiError as error:
            not_saved = t("“{name}” was not saved:", name=plain(plan["name"]))
            st.error(not_saved, icon=":material/error:")
            refusal(error)
            return False
    for added in edits["added_rows"]:
        fields = {name: value for name, value in added.items() if value is not None}
        is_active = fields.pop("is_active", True)
        if is_active is False:
            st.error(t("A new plan is offered at first; retire it later."))
            return False
        try:
            api.add_plan(fields)
        except ApiError as error:
            refusal(error)
            return False
    return True


st.title(t("Plans"), anchor=False)
st.caption(t("Click into a cell to change it, or into the last row to add a plan."))
plans = api.plans()
version = st.session_state.setdefault("plans_version", 0)
edits = editor(plans, f"plans_{version}")
complete = [row for row in edits["added_rows"] if row.get("name") and row.get("price") is not None]
number = len(edits["edited_rows"]) + len(edits["added_rows"])
label = count(number, "Save {n} change", "Save {n} changes") if number else t("Everything is saved")
is_ready = bool(number) and len(complete) == len(edits["added_rows"])
if st.button(label, type="primary", disabled=not is_ready, icon=":material/check:", key="save"):
    saved = save(plans, edits)
    if saved:
        st.session_state["plans_version"] = version + 1
        toast_next(t("Plans saved"))
        st.rerun()
if number and not is_ready:
    st.caption(t("A plan needs a name and a price."))
if not plans:
    st.caption(t("No plan yet. The first row above becomes the first."))
