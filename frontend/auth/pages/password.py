"""A new password. Other browsers have to sign in again."""

import streamlit as st

from frontend.auth import client as auth_api
from frontend.kit.api_limits import MIN_LENGTH
from frontend.kit.client import ApiError, SignedOut
from frontend.kit.errors import refusal
from frontend.kit.i18n import t
from frontend.kit.session import signed_in_user

SHORTEST = MIN_LENGTH["PasswordRequest"]["new_password"]

st.title(t("Change password"), anchor=False)
st.caption(t("For {email}", email=signed_in_user()["email"]))
with st.form("password", width=420):
    current = st.text_input(
        t("Current password"), type="password", autocomplete="current-password", key="current"
    )
    new = st.text_input(
        t("New password"), type="password", autocomplete="new-password", key="new",
        help=t("At least {n} characters. A sentence is easier to remember.", n=SHORTEST),
    )  # fmt: skip
    again = st.text_input(
        t("New password again"), type="password", autocomplete="new-password", key="again"
    )
    pressed = st.form_submit_button(t("Change password"), type="primary")
if pressed:
    if len(new) < SHORTEST:
        st.error(t("Use at least {n} characters.", n=SHORTEST), icon=":material/error:")
    elif new != again:
        st.error(t("The two new passwords differ."), icon=":material/error:")
    else:
        try:
            auth_api.change_password(current, new)
        except SignedOut:
            raise
        except ApiError as error:
            refusal(error)
        else:
            st.success(t("Your password is changed."), icon=":material/check_circle:")
