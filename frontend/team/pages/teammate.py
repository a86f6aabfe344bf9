"""One person of the team: what they are, and whether they may sign in."""

from collections.abc import Callable

import streamlit as st

from frontend.auth.roles import GIVEN, role_name
from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import TeamItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import t
from frontend.kit.links import chosen_id
from frontend.kit.toasts import toast_next
from frontend.members.fields import changed
from frontend.team import client as team_api

ALL = "team/pages/team.py"


def headline(person: TeamItem) -> None:
    seen = (
        t(
            "last seen {moment}",
            moment=moment(as_moment(person["last_used_at"], session.timezone())),
        )
        if person["last_used_at"]
        else t("never signed in")
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.title(plain(person["name"]), anchor=False, width="content")
        if not person["is_active"]:
            st.badge(t("Disabled"), color="gray", icon=":material/block:")
    st.caption(f"{plain(person['email'])} · {plain(role_name(person['role']))} · {plain(seen)}")


def edit_form(person: TeamItem, *, is_own: bool) -> None:
    is_owner = person["role"] == "owner"
    with st.form("teammate"):
        name = st.text_input(
            t("Name"), person["name"], max_chars=MAX_LENGTH["TeamUpdate"]["name"], key="name"
        )
        choices = ("owner",) if is_owner else GIVEN
        role = st.selectbox(
            t("Role"), choices, index=choices.index(person["role"]), format_func=role_name,
            disabled=is_owner or is_own, key="role",
            help=t("It counts at once. Nobody changes their own, and the owner stays the owner."),
        )  # fmt: skip
        pressed = st.form_submit_button(t("Save"), type="primary", icon=":material/check:")
    if not pressed:
        return
    if not name.strip():
        st.error(t("A person needs a name."), icon=":material/error:")
        return
    after = {"name": name.strip(), "role": role}
    try:
        if changes := changed({key: person[key] for key in after}, after):  # type: ignore[literal-required]
            team_api.update(person["user_id"], changes)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved: {name}", name=plain(name.strip())))
    st.switch_page(ALL)


def let_in_or_not(person: TeamItem) -> None:
    if not person["is_active"]:
        if st.button(t("Let them sign in again"), icon=":material/lock_open:", key="enable"):
            _do(lambda: team_api.enable(person["user_id"]), t("They may sign in again."))
        return
    with st.popover(t("Disable"), icon=":material/block:"):
        st.markdown(
            t("They are signed out everywhere at once, and cannot sign in. What they did stays.")
        )
        if st.button(t("Disable the account"), type="primary", key="disable"):
            _do(lambda: team_api.disable(person["user_id"]), t("They are signed out everywhere."))


def reset_second_factor(person: TeamItem) -> None:
    with st.popover(t("Reset the second factor"), icon=":material/phonelink_erase:"):
        st.markdown(
            t(
                "For who has lost the phone and the recovery codes. Be sure that it is them who"
                " ask: the password alone lets them in then."
            )
        )
        if st.button(t("Reset it"), type="primary", key="reset_second_factor"):
            text = t("The password alone lets them in now.")
            _do(lambda: team_api.reset_second_factor(person["user_id"]), text)


def hand_over(person: TeamItem) -> None:
    with st.popover(t("Hand the gym over"), icon=":material/key:"):
        st.markdown(
            t(
                "{name} becomes the owner, and you an admin. Only the new owner can undo it.",
                name=plain(person["name"]),
            )
        )
        with st.form("hand_over", border=False):
            password = st.text_input(
                t("Your password"), type="password", autocomplete="current-password",
                key="hand_over_password",
            )  # fmt: skip
            pressed = st.form_submit_button(t("Hand it over"), type="primary")
        if pressed and password:
            text = t("{name} is the owner now.", name=plain(person["name"]))
            _do(lambda: team_api.hand_over(person["user_id"], password), text)


def _do(action: Callable[[], None], text: str) -> None:
    try:
        action()
    except ApiError as error:
        refusal(error)
        return
    toast_next(text)
    st.switch_page(ALL)


if st.button(t("The whole team"), type="tertiary", icon=":material/arrow_back:", key="way_back"):
    st.switch_page(ALL)
person = team_api.read(chosen_id())
headline(person)
if session.may("edit_team"):
    is_own = person["user_id"] == session.signed_in_user()["user_id"]
    edit_form(person, is_own=is_own)
    with st.container(horizontal=True):
        if person["role"] != "owner" and not is_own:
            let_in_or_not(person)
            if person["has_second_factor"]:
                reset_second_factor(person)
        if session.may("hand_over_gym") and person["role"] == "admin" and person["is_active"]:
            hand_over(person)
