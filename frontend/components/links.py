"""Pages about one thing are told by `?id=` which one."""

import streamlit as st

from frontend.client import NotFound
from frontend.texts import t


def chosen_id() -> int:
    """The id in the address; whatever is not a number is nothing we have."""
    given = st.query_params.get("id", "")
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise NotFound(t("There is nothing under this address."), status=404)
    return int(given)
