"""Accounts: signing up, signing in, and who is signed in."""

from typing import cast

import streamlit as st

from frontend.kit.api_types import (
    Choices,
    DashboardSignIn,
    InvitationAccepted,
    InvitationPreview,
    Me,
)
from frontend.kit.client import Params, send
from frontend.kit.session import api


def _on_behalf_of(address: str | None) -> dict[str, str]:
    """The API counts attempts per address; without this all browsers would share ours."""
    return {"X-Forwarded-For": address} if address else {}


def register(account: Params, *, address: str | None) -> None:
    send("POST", "/auth/register", json=account, headers=_on_behalf_of(address))


def open_session(login: str, password: str, *, address: str | None) -> DashboardSignIn:
    body = {"email" if "@" in login else "username": login, "password": password}
    response = send("POST", "/auth/session", json=body, headers=_on_behalf_of(address))
    return cast(DashboardSignIn, response.json())


def preview_invitation(token: str, *, address: str | None) -> InvitationPreview:
    headers = _on_behalf_of(address)
    found = send("POST", "/invitations/preview", json={"token": token}, headers=headers)
    return cast(InvitationPreview, found.json())


def accept_invitation(acceptance: Params, *, address: str | None) -> InvitationAccepted:
    headers = _on_behalf_of(address)
    made = send("POST", "/invitations/accept", json=acceptance, headers=headers)
    return cast(InvitationAccepted, made.json())


@st.cache_data(ttl="1h", show_spinner=False)
def read_choices() -> Choices:
    """What forms can offer. Asked again each hour: a new version of the API may know more."""
    return cast(Choices, send("GET", "/auth/choices").json())


def read_me() -> Me:
    return cast(Me, api.send("GET", "/auth/me"))


def change_password(current: str, new: str) -> None:
    body = {"current_password": current, "new_password": new}
    api.send("POST", "/auth/password", json=body)
