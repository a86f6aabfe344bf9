"""The note that nothing can be sent before the owner's address is confirmed, with a button for a
new link."""

import streamlit as st

from frontend.kit.api_types import OrganizationDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.organizations import client as organizations_api


def awaits_confirmation(gym: OrganizationDetail) -> bool:
    return gym["email_configured"] and not gym["email_confirmed"]


def confirmation_note(gym: OrganizationDetail) -> None:
    """Draws nothing once the address is confirmed."""
    if not awaits_confirmation(gym):
        return
    with st.container(border=True, key="confirm_address"):
        st.markdown(
            f":orange[:material/mark_email_unread:] **{t('Confirm your email address')}**"
            f"  \n{plain(gym['email_problem'] or '')}"
        )
        link_button(t("Send the link again"))


def link_button(label: str) -> None:
    if not st.button(label, icon=":material/forward_to_inbox:", key="mail_link"):
        return
    try:
        mailed = organizations_api.mail_confirmation()
    except ApiError as error:
        refusal(error)
        return
    message = t("A link is on its way to {address}", address=mailed["address"])
    st.toast(message, icon=":material/check:")


def address_of_replies(gym: OrganizationDetail) -> str:
    """Where replies go: to the address for replies only once it is confirmed."""
    return (gym["reply_to_confirmed"] and gym["reply_to"]) or gym["email"]
