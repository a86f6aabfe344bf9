"""What the front desk does, and where the rest of it is set up."""

import streamlit as st

from frontend.kit import api_limits, session
from frontend.kit.api_types import OrganizationDetail
from frontend.kit.i18n import t
from frontend.organizations.saving import save, save_button

MIN = api_limits.MIN["OrganizationUpdate"]
MAX = api_limits.MAX["OrganizationUpdate"]


def desk_tab(gym: OrganizationDetail) -> None:
    with st.form("desk"):
        enforces = st.checkbox(
            t("The desk refuses who may not enter"), gym["enforces_access"],
            key="gym_enforces_access",
            help=t(
                "By membership, payment, hours, location and visits left. Otherwise the desk is"
                " only warned. Whoever works at the desk can let somebody in all the"
                " same and says why."
            ),
        )  # fmt: skip
        grace = st.number_input(
            t("Days of grace"), int(MIN["debt_grace_days"]),
            int(MAX["debt_grace_days"]), gym["debt_grace_days"], key="gym_debt_grace_days",
            help=t(
                "For so many days, from the first unpaid one, who has not paid may still enter."
            ),
        )  # fmt: skip
        pressed = save_button(key="save_desk")
    if pressed:
        save(gym, {"enforces_access": enforces, "debt_grace_days": grace})
    st.caption(
        t(
            "Opening hours, capacity and kiosks belong to a location; when and where a plan lets"
            " its members in stands with the plan."
        )
    )
    with st.container(horizontal=True):
        if session.may("edit_locations"):
            st.page_link(
                "locations/pages/locations.py", label=t("Locations"), icon=":material/pin_drop:"
            )
        if session.may("edit_plans"):
            st.page_link(
                "membership_plans/pages/plans.py", label=t("Plans"), icon=":material/sell:"
            )
