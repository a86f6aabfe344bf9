"""Somebody's own account: the password, the second factor, and where they are signed in."""

import streamlit as st

from frontend.auth import client as auth_api
from frontend.auth.second_factor import second_factor
from frontend.kit import session
from frontend.kit.api_limits import MIN_LENGTH
from frontend.kit.api_types import SignInItem
from frontend.kit.client import ApiError, SignedOut
from frontend.kit.errors import SIGN_IN, leave, refusal
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.kit.session import signed_in_user
from frontend.kit.toasts import toast_next

SHORTEST = MIN_LENGTH["PasswordRequest"]["new_password"]
SIZE = 10
PAGE = "page"


def password_form() -> None:
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
    if not pressed:
        return
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


def sign_ins() -> None:
    found = auth_api.sign_ins(page=current_page(PAGE), size=SIZE)
    for place in found["items"]:
        _row(place)
    forms = mark_forms("{n} sign-in", "{n} sign-ins")
    pager(found["total"], SIZE, key=PAGE, forms=forms, bound=True)
    with st.popover(t("Sign out everywhere"), icon=":material/logout:"):
        st.markdown(t("On every device, this one too. You sign in again with your password."))
        if st.button(t("Sign out everywhere now"), type="primary", key="end_all"):
            try:
                auth_api.end_all_sign_ins()
            except ApiError as error:
                refusal(error)
                return
            session.forget()
            leave(SIGN_IN)


def _row(place: SignInItem) -> None:
    zone = session.timezone()
    with st.container(
        border=True, horizontal=True, horizontal_alignment="distribute",
        vertical_alignment="center", key=f"{place['kind']}_{place['id']}",
    ):  # fmt: skip
        since = plain(moment(as_moment(place["signed_in_at"], zone)))
        used = plain(moment(as_moment(place["last_used_at"], zone)))
        about = t("Signed in {since} · last used {used}", since=since, used=used)
        st.markdown(f"**{plain(_name(place))}**  \n:gray[{about}]", width="stretch")
        if place["is_current"]:
            st.badge(t("This browser"), color="green")
        elif st.button(t("Sign out"), key=f"end_{place['kind']}_{place['id']}"):
            try:
                auth_api.end_sign_in(place["kind"], place["id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Signed out: {device}", device=plain(_name(place))))
            st.rerun()


def _name(place: SignInItem) -> str:
    program, system = place["program"], place["system"]
    if program and system:
        return t("{program} on {system}", program=program, system=system)
    unknown = t("Unknown browser") if place["kind"] == "dashboard" else t("Unknown client")
    return program or system or unknown


st.title(t("Security"), anchor=False)
st.caption(t("For {email}", email=plain(signed_in_user()["email"])))
st.subheader(t("Password"), anchor=False)
password_form()
st.subheader(t("Second factor"), anchor=False)
second_factor()
st.subheader(t("Where you are signed in"), anchor=False)
sign_ins()
