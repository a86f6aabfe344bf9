"""What a gym without members sees instead of a page of empty charts."""

import streamlit as st

from frontend.kit.api_types import OrganizationDetail
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.organizations.address_confirmation import awaits_confirmation, link_button


def first_steps(gym: OrganizationDetail) -> None:
    st.markdown(t("Three steps, and you know who needs a word from you."))
    left, middle, right = st.columns(3)
    with left.container(border=True, height="stretch"):
        st.subheader(t("1. Bring your members"), icon=":material/upload_file:", anchor=False)
        st.markdown(
            t("Upload the member list and the door log that your current system exports as CSV.")
        )
        st.space("stretch")
        if st.button(t("Import members and visits"), type="primary", width="stretch"):
            st.switch_page("imports/pages/imports.py")
        if st.button(t("Or add one by hand"), type="tertiary", width="stretch"):
            st.switch_page("members/pages/add_member.py")
    with middle.container(border=True, height="stretch"):
        st.subheader(t("2. Connect your email"), icon=":material/mail:", anchor=False)
        if gym["email_ready"]:
            st.markdown(t("Mail can be sent. Tell us where your members' replies should go."))
        else:
            problem = gym["email_problem"] or t("Sending mail is not set up on this server yet.")
            st.markdown(plain(problem))
            if awaits_confirmation(gym):
                link_button(t("Send the link again"))
        st.space("stretch")
        if st.button(t("Open the settings"), width="stretch"):
            st.switch_page("organizations/pages/settings.py")
    with right.container(border=True, height="stretch"):
        st.subheader(t("3. Win somebody back"), icon=":material/favorite:", anchor=False)
        st.markdown(
            t("See who is drifting away and why, and write to them. We tell you who came back.")
        )
        st.space("stretch")
        if st.button(t("Look at who is at risk"), width="stretch"):
            st.switch_page("at_risk/pages/at_risk.py")
