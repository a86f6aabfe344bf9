"""The devices at a location's door."""

import streamlit as st

from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.locations import client as locations_api

NEW_KEY = "_kiosk_key"
"""That of the kiosk that was added last: it is shown once."""


def kiosks_panel(location_id: int) -> None:
    st.subheader(t("Kiosks"), anchor=False)
    st.caption(
        t(
            "A device at the door that scans members' codes. It has a key of its own and can do"
            " nothing else."
        )
    )
    if key := st.session_state.pop(NEW_KEY, None):
        with st.container(border=True, key="kiosk_key"):
            st.warning(t("Copy the key into the kiosk now: it is not shown again."))
            st.code(key, language=None)
    kiosks = locations_api.list_kiosks(location_id)
    if not kiosks:
        st.caption(t("No kiosk yet."))
    may_edit = session.may("edit_locations")
    for kiosk in kiosks:
        with st.container(
            border=True, horizontal=True, horizontal_alignment="distribute",
            vertical_alignment="center",
        ):  # fmt: skip
            st.markdown(plain(kiosk["name"]), width="content")
            if may_edit and st.button(
                t("Remove"), icon=":material/delete:", key=f"kiosk_{kiosk['kiosk_id']}"
            ):
                _remove(kiosk["kiosk_id"], kiosk["name"])
    if may_edit:
        _add(location_id)


def _remove(kiosk_id: int, name: str) -> None:
    try:
        locations_api.delete_kiosk(kiosk_id)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("{name} opens nothing any more.", name=plain(name)))
    st.rerun()


def _add(location_id: int) -> None:
    with st.form("kiosk", clear_on_submit=True, border=False):
        name = st.text_input(
            t("Name of the kiosk"), max_chars=MAX_LENGTH["KioskCreate"]["name"], key="kiosk_name",
            placeholder=t("Front door"),
        )  # fmt: skip
        is_pressed = st.form_submit_button(t("Add a kiosk"), icon=":material/add:")
    if not is_pressed:
        return
    if not name.strip():
        st.error(t("A kiosk needs a name."), icon=":material/error:")
        return
    try:
        kiosk = locations_api.add_kiosk(location_id, name.strip())
    except ApiError as error:
        refusal(error)
        return
    st.session_state[NEW_KEY] = kiosk["key"]
    st.rerun()
