"""Accounts: signing up, signing in, and who is signed in."""

from typing import Any, cast

import streamlit as st

from frontend.kit.api_types import (
    Choices,
    DashboardSignIn,
    Enrolment,
    InvitationAccepted,
    InvitationPreview,
    Me,
    Page,
    RecoveryCodes,
    SecondFactorState,
    SignInItem,
)
from frontend.kit.client import Params, send
from frontend.kit.session import api


def _on_behalf_of(address: str | None, user_agent: str | None = None) -> dict[str, str]:
    """The API counts attempts per address, and shows people their browsers; without this all
    browsers would share ours."""
    headers = {"X-Forwarded-For": address, "User-Agent": user_agent}
    return {name: value for name, value in headers.items() if value}


def register(account: Params, *, address: str | None) -> None:
    send("POST", "/auth/register", json=account, headers=_on_behalf_of(address))


def open_session(
    login: str,
    password: str,
    code: str | None = None,
    *,
    address: str | None,
    user_agent: str | None,
) -> DashboardSignIn:
    body = {"email" if "@" in login else "username": login, "password": password}
    if code is not None:
        body["code"] = code
    headers = _on_behalf_of(address, user_agent)
    response = send("POST", "/auth/session", json=body, headers=headers)
    return cast(DashboardSignIn, response.json())


def preview_invitation(token: str, *, address: str | None) -> InvitationPreview:
    headers = _on_behalf_of(address)
    found = send("POST", "/invitations/preview", json={"token": token}, headers=headers)
    return cast(InvitationPreview, found.json())


def accept_invitation(acceptance: Params, *, address: str | None) -> InvitationAccepted:
    headers = _on_behalf_of(address)
    made = send("POST", "/invitations/accept", json=acceptance, headers=headers)
    return cast(InvitationAccepted, made.json())


def forget_password(login: str, *, address: str | None) -> None:
    body = {"login": login}
    send("POST", "/auth/password/forgot", json=body, headers=_on_behalf_of(address))


def reset_password(token: str, new: str, *, address: str | None) -> None:
    body = {"token": token, "new_password": new}
    send("POST", "/auth/password/reset", json=body, headers=_on_behalf_of(address))


@st.cache_data(ttl="1h", show_spinner=False)
def read_choices() -> Choices:
    """What forms can offer. Asked again each hour: a new version of the API may know more."""
    return cast(Choices, send("GET", "/auth/choices").json())


def read_me() -> Me:
    return cast(Me, api.send("GET", "/auth/me"))


def change_password(current: str, new: str) -> None:
    body = {"current_password": current, "new_password": new}
    api.send("POST", "/auth/password", json=body)


def sign_ins(**query: Any) -> Page[SignInItem]:
    return cast(Page[SignInItem], api.get("/auth/sessions", **query))


def end_sign_in(kind: str, number: int) -> None:
    api.send("DELETE", f"/auth/sessions/{kind}/{number}")


def end_all_sign_ins() -> None:
    api.send("DELETE", "/auth/sessions")


def read_second_factor() -> SecondFactorState:
    return cast(SecondFactorState, api.get("/auth/second-factor"))


def enrol_second_factor(password: str) -> Enrolment:
    body = {"current_password": password}
    return cast(Enrolment, api.send("POST", "/auth/second-factor", json=body))


def confirm_second_factor(code: str) -> RecoveryCodes:
    return cast(RecoveryCodes, api.send("POST", "/auth/second-factor/confirm", json={"code": code}))


def disable_second_factor(password: str, code: str) -> None:
    body = {"current_password": password, "code": code}
    api.send("POST", "/auth/second-factor/disable", json=body)
