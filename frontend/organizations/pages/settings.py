"""What the gym decides for itself; the address keeps the tab."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.kit import session
from frontend.kit.i18n import t
from frontend.locations import client as locations_api
from frontend.locations.closed_days import list_closures
from frontend.organizations import client as organizations_api
from frontend.organizations.address_confirmation import confirmation_note
from frontend.organizations.branding import branding_tab
from frontend.organizations.desk import desk_tab
from frontend.organizations.messages import messages_tab
from frontend.organizations.profile import profile_tab
from frontend.organizations.risk import risk_tab


def closed_days_tab() -> None:
    today = datetime.now(ZoneInfo(session.timezone())).date()
    list_closures(locations_api.list_all(), today)


st.title(t("Settings"), anchor=False)
gym = organizations_api.read()
confirmation_note(gym)
panels: dict[str, Callable[[], None]] = {
    t("Profile"): lambda: profile_tab(gym),
    t("Branding"): lambda: branding_tab(gym),
    t("Members at risk"): lambda: risk_tab(gym),
    t("Messages"): lambda: messages_tab(gym),
    t("Desk and access"): lambda: desk_tab(gym),
    t("Closed days"): closed_days_tab,
}
for tab, draw in zip(
    st.tabs(list(panels), key="tab", bind="query-params"), panels.values(), strict=True
):
    with tab:
        if tab.open:
            draw()
