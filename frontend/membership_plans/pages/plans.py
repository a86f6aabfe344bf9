"""What the gym sells. A plan that is no longer offered is retired, never removed."""

from functools import partial

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import PlanItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import exact_money, plain, whole
from frontend.kit.i18n import t
from frontend.kit.tables import write_numbers
from frontend.kit.toasts import toast_next
from frontend.kit.typed_numbers import example
from frontend.membership_plans import client as plans_api
from frontend.membership_plans.fields import Draft, plan_fields, read_draft, reset_draft


def table(plans: list[PlanItem]) -> None:
    columns = ["name", "duration_months", "price", "description", "is_active", "members"]
    frame = pd.DataFrame([{name: plan.get(name) for name in columns} for plan in plans])
    config = st.column_config
    st.dataframe(
        write_numbers(
            frame,
            duration_months=whole,
            price=partial(exact_money, currency=session.currency()),
            members=whole,
        ),
        hide_index=True,
        row_height=40,
        alt=t("Membership plans"),
        placeholder="",
        column_config={
            "name": config.TextColumn(t("Name")),
            "duration_months": config.NumberColumn(t("Length (months)")),
            "price": config.NumberColumn(t("Price per term")),
            "description": config.TextColumn(t("Description"), width="large"),
            "is_active": config.CheckboxColumn(t("Offered")),
            "members": config.NumberColumn(t("Members")),
        },
    )


def save(draft: Draft) -> None:
    """Sends what was changed, or shows why it was refused; what was typed stays in the fields."""
    if draft.problems:
        text = "  \n".join(plain(problem) for problem in draft.problems)
        st.error(text, icon=":material/error:", title=t("Not saved"))
        return
    if not draft.changes:
        st.info(t("Nothing was changed."), icon=":material/info:")
        return
    try:
        if draft.plan:
            plans_api.update(draft.plan["plan_id"], draft.changes)
        else:
            plans_api.create(draft.changes)
    except ApiError as error:
        refusal(error)
        return
    reset_draft(draft.plan)
    name = draft.changes.get("name", draft.name)
    toast_next(t("Saved: {name}, {price}", name=plain(name), price=plain(draft.price)))
    st.rerun()


def unsaved(drafts: list[Draft]) -> None:
    """What was typed and is not saved, whichever plan is in view."""
    for draft in drafts:
        if draft.changes or draft.problems:
            text = " ".join([t("{name} is not saved yet.", name=draft.name), *draft.problems])
            st.markdown(f":orange[:material/edit_note:] {plain(text)}")


st.title(t("Plans"), anchor=False)
plans = plans_api.list_all()
if plans:
    table(plans)
else:
    st.caption(t("No plan yet. Add the first one."))
by_number = {plan["plan_id"]: plan for plan in plans}
with st.container(border=True, key="plan_form"):
    number = st.selectbox(
        t("Add or change"), [None, *by_number], key="plan_chosen", persist_state="session",
        format_func=lambda number: by_number[number]["name"] if number else t("A new plan"),
    )  # fmt: skip
    plan = by_number.get(number) if number else None
    plan_fields(plan)
    draft = read_draft(plan)
    message = (
        t("Read as {price}", price=draft.price) if draft.price else example(session.currency())
    )
    st.caption(plain(message))
    is_pressed = st.button(t("Save"), type="primary", icon=":material/check:", key="save")
    if is_pressed:
        save(draft)
unsaved([read_draft(known) for known in [None, *plans] if not (is_pressed and known is plan)])
