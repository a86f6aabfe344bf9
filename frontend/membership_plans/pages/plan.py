"""One plan: edited when the address names one, else added."""

from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.kit import session
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.links import chosen_id
from frontend.kit.toasts import toast_next
from frontend.kit.typed_numbers import example
from frontend.membership_plans import client as plans_api
from frontend.membership_plans.access import access_panel
from frontend.membership_plans.fields import Draft, plan_fields, read_draft, reset_draft
from frontend.membership_plans.price_rules import price_rules_panel
from frontend.membership_plans.prices import prices_panel
from frontend.membership_plans.wording import describe_members

ALL = "membership_plans/pages/plans.py"


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
    st.switch_page(ALL)


if st.button(t("All plans"), type="tertiary", icon=":material/arrow_back:", key="way_back"):
    st.switch_page(ALL)
plans = plans_api.list_all()
plan = plans_api.read(chosen_id()) if "id" in st.query_params else None
st.title(plain(plan["name"]) if plan else t("Add a plan"), anchor=False)
if plan:
    st.caption(t("Members on it: {n}", n=describe_members(plan)))
tabs = [t("Plan"), t("Prices"), t("Rules"), t("Access")] if plan else [t("Plan")]
edit_tab, *more_tabs = st.tabs(tabs)
with edit_tab:
    plan_fields(plan, [feature for known in plans for feature in known["features"]])
    draft = read_draft(plan)
    read = t("Read as {price}", price=draft.price) if draft.price else example(session.currency())
    st.caption(plain(read))
    if st.button(t("Save"), type="primary", icon=":material/check:", key="save"):
        save(draft)
if plan:
    with more_tabs[0]:
        prices_panel(plan, datetime.now(ZoneInfo(session.timezone())).date())
    with more_tabs[1]:
        price_rules_panel(plan)
    with more_tabs[2]:
        access_panel(plan)
