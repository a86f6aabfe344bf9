"""Who is signed in on this browser tab, and the API as that user sees it.

The browser holds only an opaque session id in an HttpOnly cookie. It is exchanged here for a
short-lived access token that lives in this tab's session state and is renewed when it ends.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
import streamlit as st

from frontend.kit import client, i18n
from frontend.kit.api_types import Me, OwnGym, Permission
from frontend.kit.client import Api, Params, SignedOut
from frontend.kit.formats import Currency
from frontend.kit.session_middleware import liveness
from frontend.kit.settings import settings

_AUTH = "_signed_in"
USER = "_signed_in_user"
_WRITES = frozenset({"POST", "PATCH", "PUT", "DELETE"})


@dataclass(frozen=True)
class _SignedIn:
    fingerprint: str
    access_token: str
    until: float


def session_id() -> str:
    """Taken from the websocket's handshake, so it changes only when the page is loaded again."""
    return st.context.cookies.get(settings().cookie_name) or ""


def _fingerprint(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()


def _token(*, renew: bool = False) -> str:
    session = session_id()
    if not session:
        raise SignedOut("You are not signed in.")
    known: _SignedIn | None = st.session_state.get(_AUTH)
    if known and known.fingerprint != _fingerprint(session):
        # A reconnecting websocket keeps its state although somebody else signed in meanwhile.
        forget()
        known = None
    if known and not renew and known.until > time.monotonic():
        return known.access_token
    answer = client.exchange(session)
    until = time.monotonic() + max(answer["expires_in"] - 30, 1)
    st.session_state[_AUTH] = _SignedIn(_fingerprint(session), answer["access_token"], until)
    return answer["access_token"]


def _call(method: str, path: str, **request: Any) -> requests.Response:
    try:
        response = client.send(method, path, token=_token(), **request)
    except SignedOut:
        response = client.send(method, path, token=_token(renew=True), **request)
    if method in _WRITES:
        _cached.clear()
    return response


# The cache lives in the user's own session, so its key needs no gym.
@st.cache_data(ttl="20s", max_entries=60, scope="session", show_spinner=False)
def _cached(path: str, params: tuple[tuple[str, Any], ...]) -> Any:
    return _call("GET", path, params=dict(params)).json()


def _read(path: str, params: Params) -> Any:
    return _cached(path, tuple(sorted(params.items())))


api = Api(read=_read, call=_call)


def for_later() -> Api:
    """The API for what happens outside a page's run, as making a file once it is asked for."""
    session, language = session_id(), i18n.current_language()

    def call(
        method: str, path: str, *, headers: Mapping[str, str] | None = None, **request: Any
    ) -> requests.Response:
        token = client.exchange(session)["access_token"]
        sent = {"Accept-Language": language, **(headers or {})}
        return client.send(method, path, token=token, headers=sent, **request)

    return Api(read=lambda path, params: call("GET", path, params=params).json(), call=call)


def refresh() -> None:
    """Empty the cache: the next read calls the API."""
    _cached.clear()


def forget() -> None:
    """Drop everything this tab knows."""
    language = i18n.current_language()
    st.session_state.clear()
    i18n.use_for_session(language)
    _cached.clear()


def end() -> None:
    """Sign out here and in every other tab of this browser."""
    session = session_id()
    liveness.forget(session)
    forget()
    if session:
        client.revoke_session(session)


def signed_in_user() -> Me:
    """The user that the API returned at the start of this run."""
    user: Me = st.session_state[USER]
    return user


def person_name(user: Me) -> str:
    """Owners sign up with the name of their gym only; that is no person's name."""
    gym = user["gym"]
    return "" if gym is not None and user["name"] == gym["name"] else user["name"]


def may(permission: Permission) -> bool:
    """What is not offered without it is a courtesy only: the API decides."""
    return permission in signed_in_user()["permissions"]


def own_gym() -> OwnGym:
    """On the pages of a gym, which nobody sees without one."""
    gym = signed_in_user()["gym"]
    assert gym is not None
    return gym


def currency() -> Currency:
    gym = own_gym()
    return Currency(gym["currency"], gym["currency_decimals"])


def own_colour() -> str | None:
    """The gym's own, as it is seen on the page that is shown; None where it chose none."""
    gym = signed_in_user()["gym"]
    colours = gym and gym["colours"]
    if not colours:
        return None
    return colours["on_dark" if st.context.theme.type == "dark" else "on_light"]


def timezone() -> str:
    """The gym's own; a super admin has none."""
    gym = signed_in_user()["gym"]
    return "UTC" if gym is None else gym["timezone"]
