"""From when on somebody who stays away is at risk, with what that would change."""

import streamlit as st

from frontend.at_risk import client as at_risk_api
from frontend.kit.api_limits import MAX, MIN
from frontend.kit.api_types import OrganizationDetail
from frontend.kit.formats import whole
from frontend.kit.i18n import t
from frontend.organizations.saving import save

LEAST, MOST = MIN["OrganizationUpdate"], MAX["OrganizationUpdate"]


def risk_tab(gym: OrganizationDetail) -> None:
    st.markdown(
        t(
            "A member is at risk who stays away for longer than **both** of these. The second keeps"
            " members off the list who always came seldom."
        )
    )
    left, right = st.columns(2)
    days = left.slider(
        t("Days without a visit"), int(LEAST["absence_days"]), int(MOST["absence_days"]),
        gym["absence_days"], key="gym_absence_days",
        help=t("Also for new members who have not come yet."),
    )  # fmt: skip
    gaps = right.slider(
        t("Times their usual gap"), int(LEAST["absence_gaps"]), int(MOST["absence_gaps"]),
        gym["absence_gaps"], key="gym_absence_gaps",
        help=t("With 3, somebody who comes once a week is at risk after three weeks."),
    )  # fmt: skip
    effect(days, gaps, is_chosen=(days, gaps) == (gym["absence_days"], gym["absence_gaps"]))
    if st.button(t("Save"), type="primary", icon=":material/check:", key="save_risk"):
        save(gym, {"absence_days": days, "absence_gaps": gaps})
    st.caption(
        t(
            "Members whose visits fell sharply, or who will probably not come back, are at risk"
            " whatever is chosen here."
        )
    )


def effect(days: int, gaps: int, *, is_chosen: bool) -> None:
    counts = at_risk_api.preview_rule(days, gaps)
    now = whole(counts["at_risk"])
    if is_chosen:
        st.info(t("**{n}** members are at risk today.", n=now), icon=":material/group:")
    else:
        st.info(
            t(
                "**{then}** members would be at risk today, instead of {now}.",
                then=whole(counts["would_be_at_risk"]),
                now=now,
            ),
            icon=":material/group:",
        )
