"""When and where the members of a plan may enter."""

import streamlit as st

from frontend.kit.api_types import PlanItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.session import may
from frontend.kit.toasts import toast_next
from frontend.locations import client as locations_api
from frontend.locations.hours import NotHours
from frontend.locations.week import read_week, repeat_button, week_fields
from frontend.membership_plans import client as plans_api


def access_panel(plan: PlanItem) -> None:
    access = plans_api.read_access(plan["plan_id"])
    locations = {one["location_id"]: one for one in locations_api.list_all()}
    key = f"access_{plan['plan_id']}"
    is_fixed = not may("edit_plans")
    st.caption(
        t(
            "The desk is warned when somebody comes at another hour or place, or refuses them, as"
            " the settings say."
        )
    )
    with st.form("plan_access"):
        typed = week_fields(key, access["hours"], any_time=t("At any time"), disabled=is_fixed)
        offered = [
            number
            for number, one in locations.items()
            if one["is_active"] or number in access["location_ids"]
        ]
        chosen = st.multiselect(
            t("Locations"), offered, [one for one in access["location_ids"] if one in offered],
            format_func=lambda number: locations[number]["name"], key=f"{key}_locations",
            placeholder=t("Everywhere"), disabled=is_fixed,
        )  # fmt: skip
        with st.container(horizontal=True):
            is_pressed = st.form_submit_button(
                t("Save the access"), type="primary", icon=":material/check:", disabled=is_fixed
            )
            repeat_button(key, disabled=is_fixed)
    if not is_pressed:
        return
    try:
        fields = {"hours": read_week(typed), "location_ids": chosen}
        plans_api.replace_access(plan["plan_id"], fields)
    except NotHours as problem:
        st.error(plain(str(problem)), icon=":material/error:", title=t("Not saved"))
        return
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved: {name}", name=plain(plan["name"])))
    st.rerun()
