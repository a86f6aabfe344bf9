"""The code that lets a member in, shown to them at the desk or on their phone."""

import streamlit as st

from frontend.check_ins import client as check_ins_api
from frontend.kit import session
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.team import client as team_api

EVERY = "15s"


def door_code_panel(member_id: int, email: str | None) -> None:
    st.caption(
        t(
            "Lets them in at a kiosk or a desk that scans. Each code is good for half a minute and"
            " works once."
        )
    )
    if st.toggle(t("Show the code"), key=f"door_code_{member_id}"):
        current_code(member_id)
        revoke_button(member_id)
    if email and session.may("edit_team"):
        invite_button(member_id, email)


@st.fragment(run_every=EVERY)
def current_code(member_id: int) -> None:
    st.image(check_ins_api.read_door_code(member_id)["qr_svg"], width=260)


def invite_button(member_id: int, email: str) -> None:
    """To a page of their own, with the code, their visits and their membership."""
    if st.button(t("Invite them to sign in"), icon=":material/mail:", key="invite_member"):
        try:
            team_api.invite({"email": email, "role": "member", "member_id": member_id})
        except ApiError as error:
            refusal(error)
            return
        toast_next(t("Invitation sent to {email}", email=plain(email)))
        st.rerun()


def revoke_button(member_id: int) -> None:
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
