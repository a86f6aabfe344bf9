"""Whether somebody is a member at all, and what becomes of their data."""

from functools import partial

import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import MemberDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.words import STANDINGS

CHOSEN = ("member", "staff", "guest", "archived")


def standing_panel(member: MemberDetail) -> None:
    with st.expander(t("Standing and personal data"), icon=":material/badge:"):
        _standing(member)
        if session.may("export_members"):
            st.download_button(
                t("Download everything"),
                partial(members_api.read_export, member["member_id"], api=session.for_later()),
                file_name=f"member-{member['member_id']}.zip", mime="application/zip",
                icon=":material/download:", on_click="ignore",
                help=t("All that is kept of this person. The audit log records the download."),
            )  # fmt: skip
        if session.may("erase_members"):
            _erase(member)


def _standing(member: MemberDetail) -> None:
    key = f"standing_{member['member_id']}"

    def save() -> None:
        try:
            members_api.update(member["member_id"], {"standing": st.session_state[key]})
        except ApiError as error:
            st.session_state[key] = member["standing"]
            refusal(error)

    st.segmented_control(
        t("This person is"), CHOSEN, default=member["standing"], required=True, key=key,
        format_func=lambda choice: t(STANDINGS[choice]), on_change=save,
        help=t(
            "Staff and guests come in by the door and are in no count of members, no list of those"
            " at risk and no email. Archived members are hidden until they are members again."
        ),
    )  # fmt: skip


def _erase(member: MemberDetail) -> None:
    with st.form("erase_member"):
        st.markdown(f"**{t('Erase for good')}**")
        st.caption(
            t(
                "Name, contact, notes, medical notes, tags and account go, also from the audit log,"
                " and nobody can bring them back. Visits and payments stay without a name."
            )
        )
        name = st.text_input(t("Type their name to confirm"), key=f"erase_{member['member_id']}")
        if not st.form_submit_button(t("Erase"), icon=":material/delete_forever:"):
            return
    try:
        members_api.erase(member["member_id"], name)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Erased"))
    st.rerun()
