"""Setting up an app for codes, and turning it off again."""

import streamlit as st

from frontend.auth import client as auth_api
from frontend.kit import session
from frontend.kit.api_types import Enrolment, SecondFactorState
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import count, t
from frontend.kit.toasts import toast_next

_ENROLMENT = "_second_factor_enrolment"
_CODES = "_second_factor_codes"


def second_factor() -> None:
    codes: list[str] | None = st.session_state.get(_CODES)
    if codes:
        _show_codes(codes)
        return
    state = auth_api.read_second_factor()
    if state["is_on"]:
        _turn_off(state)
    elif enrolment := st.session_state.get(_ENROLMENT):
        _confirm(enrolment)
    else:
        _begin()


def _begin() -> None:
    st.markdown(
        t(
            "Signing in can ask for a code of an app on your phone as well, so that a stolen"
            " password opens nothing."
        )
    )
    with st.form("enrol", width=420):
        password = _password("enrol_password")
        pressed = st.form_submit_button(t("Set up an app"), icon=":material/phonelink_lock:")
    if pressed and password:
        try:
            st.session_state[_ENROLMENT] = auth_api.enrol_second_factor(password)
        except ApiError as error:
            refusal(error)
            return
        st.rerun()


def _confirm(enrolment: Enrolment) -> None:
    st.markdown(t("Scan this with your app for codes, or type the text below into it."))
    st.image(enrolment["qr_svg"], width=220)
    st.code(enrolment["secret"], language=None, width=420)
    with st.form("confirm", width=420):
        code = st.text_input(
            t("The six digits that the app shows now"), max_chars=10, key="confirm_code",
            autocomplete="one-time-code",
        )  # fmt: skip
        pressed = st.form_submit_button(t("Turn it on"), type="primary")
    if st.button(t("Not now"), type="tertiary", key="not_now"):
        st.session_state.pop(_ENROLMENT, None)
        st.rerun()
    if pressed and code.strip():
        try:
            made = auth_api.confirm_second_factor(code.strip())
        except ApiError as error:
            refusal(error)
            return
        st.session_state.pop(_ENROLMENT, None)
        st.session_state[_CODES] = made["recovery_codes"]
        st.rerun()


def _show_codes(codes: list[str]) -> None:
    st.success(t("Signing in asks for a code from now on."), icon=":material/check_circle:")
    st.markdown(
        t(
            "**Keep these recovery codes.** Each lets you in once without the phone. They are"
            " shown this once."
        )
    )
    st.code("\n".join(codes), language=None, width=420)
    if st.button(t("I have kept them"), type="primary", key="codes_kept"):
        st.session_state.pop(_CODES, None)
        st.rerun()


def _turn_off(state: SecondFactorState) -> None:
    since = plain(moment(as_moment(state["since"], session.timezone())))
    left = count(state["recovery_codes_left"], "{n} recovery code left", "{n} recovery codes left")
    on = t("On since {since}", since=since)
    st.markdown(f":green[:material/check_circle:] {on} · {left}")
    with st.popover(t("Turn it off"), icon=":material/lock_open:"):
        with st.form("turn_off", border=False):
            password = _password("turn_off_password")
            code = st.text_input(t("Code, or a recovery code"), max_chars=40, key="turn_off_code")
            pressed = st.form_submit_button(t("Turn it off"), type="primary")
        if pressed and password and code.strip():
            try:
                auth_api.disable_second_factor(password, code.strip())
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Signing in asks for the password alone."))
            st.rerun()


def _password(key: str) -> str:
    return st.text_input(
        t("Your password"), type="password", autocomplete="current-password", key=key
    )
