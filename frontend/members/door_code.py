"""The code that lets a member in, shown to them at the desk or on their phone."""

import streamlit as st

from frontend.check_ins import client as check_ins_api
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next

EVERY = "15s"


def door_code_panel(member_id: int) -> None:
    st.caption(
        t(
            "Lets them in at a kiosk or a desk that scans. Each code is good for half a minute and"
            " works once."
        )
    )
    if not st.toggle(t("Show the code"), key=f"door_code_{member_id}"):
        return
    _current_code(member_id)
    with st.popover(t("The phone was lost"), icon=":material/phonelink_erase:"):
        st.markdown(t("Codes that were shown until now open nothing any more."))
        if st.button(t("Revoke them"), type="primary", key="door_code_reset"):
            try:
                check_ins_api.reset_door_code(member_id)
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("The codes are revoked."))
            st.rerun()


@st.fragment(run_every=EVERY)
def _current_code(member_id: int) -> None:
    st.image(check_ins_api.read_door_code(member_id)["qr_svg"], width=260)
