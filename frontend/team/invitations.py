"""Inviting people, and the invitations that nobody has accepted yet."""

import streamlit as st

from frontend.auth.roles import GIVEN, role_name
from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import InvitationItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.kit.toasts import toast_next
from frontend.team import client as team_api

SIZE = 10
PAGE = "invitations_page"


def invite_form() -> None:
    st.markdown(
        t("They get a link by email and choose their own password. It works once, for 72 hours.")
    )
    with st.form("invite", border=False):
        email = st.text_input(
            t("Email"), max_chars=MAX_LENGTH["InvitationCreate"]["email"], key="invite_email",
            placeholder="rita@example.com",
        )  # fmt: skip
        role = st.selectbox(
            t("Role"), GIVEN, index=GIVEN.index("receptionist"), format_func=role_name,
            key="invite_role",
        )  # fmt: skip
        pressed = st.form_submit_button(
            t("Send invitation"), type="primary", icon=":material/send:"
        )
    if pressed and not email.strip():
        st.error(t("Whom do you want to invite?"), icon=":material/error:")
    elif pressed:
        _send({"email": email.strip(), "role": role})


def open_invitations() -> None:
    found = team_api.invitations(page=current_page(PAGE), size=SIZE)
    if not found["total"]:
        return
    st.subheader(t("Open invitations"), anchor=False)
    for invitation in found["items"]:
        _row(invitation)
    forms = mark_forms("{n} invitation", "{n} invitations")
    pager(found["total"], SIZE, key=PAGE, forms=forms, bound=True)


def _row(invitation: InvitationItem) -> None:
    number = invitation["invitation_id"]
    ends = plain(moment(as_moment(invitation["expires_at"], session.timezone())))
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute",
        vertical_alignment="center", key=f"invitation_{number}",
    ):  # fmt: skip
        about = t("{role}, invited by {name}", role=role_name(invitation["role"]),
                  name=plain(invitation["invited_by"]))  # fmt: skip
        state = (
            f":orange[{t('The link has expired.')}]"
            if invitation["is_expired"]
            else f":gray[{t('Works until {moment}', moment=ends)}]"
        )
        st.markdown(f"**{plain(invitation['email'])}**  \n{about} · {state}", width="stretch")
        if not session.may("edit_team"):
            return
        if st.button(t("Send again"), icon=":material/send:", key=f"again_{number}"):
            _send({name: invitation[name] for name in ("email", "role", "member_id")})
        if st.button(t("Revoke"), icon=":material/block:", key=f"revoke_{number}"):
            try:
                team_api.revoke(number)
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Revoked: {email}", email=plain(invitation["email"])))
            st.rerun()


def _send(invitation: dict[str, object]) -> None:
    try:
        team_api.invite(invitation)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Invited: {email}", email=plain(str(invitation["email"]))))
    st.rerun()
