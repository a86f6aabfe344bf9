"""How every tab of the settings saves what was changed in it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from frontend.kit.api_types import OrganizationDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members.fields import changed
from frontend.organizations import client as organizations_api


def save(gym: OrganizationDetail, after: Mapping[str, Any]) -> None:
    """Sends what differs, and shows the page again; or why it was refused."""
    try:
        if changes := changed(dict(gym), dict(after)):
            organizations_api.update(changes)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved"))
    st.rerun()


def save_button(*, key: str) -> bool:
    return st.form_submit_button(t("Save"), type="primary", icon=":material/check:", key=key)
