"""All gyms of the platform; the address keeps the choice. Only super admins are shown this."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import streamlit as st

from frontend.auth import client as auth_api
from frontend.gyms import client as gyms_api
from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import GymItem
from frontend.kit.client import ApiError
from frontend.kit.errors import nothing_here, refusal
from frontend.kit.formats import as_moment, moment, plain, whole
from frontend.kit.i18n import LANGUAGES, mark, mark_forms, t, translated
from frontend.kit.lists import PAGE, choose, first_page, is_narrowed, title_row
from frontend.kit.paging import current_page, pager
from frontend.kit.tables import write_numbers
from frontend.kit.toasts import toast_next

SIZE = 15
MAX = MAX_LENGTH["GymCreate"]
MAX_REASON = MAX_LENGTH["SuspendRequest"]["reason"]
_OPEN = "gym_dialog"
STATES = {"running": mark("Running"), "suspended": mark("Suspended")}


def close_dialog() -> None:
    st.session_state.pop(_OPEN, None)


def create_form() -> None:
    choices = auth_api.read_choices()
    currencies = [one["code"] for one in choices["currencies"]]
    with st.form("gym_new", border=False):
        name = st.text_input(t("Name of the gym"), max_chars=MAX["name"])
        email = st.text_input(
            t("The owner's email address"), max_chars=MAX["email"],
            help=t("We mail a link there by which the owner chooses a password."),
        )  # fmt: skip
        username = st.text_input(t("The owner's username"), max_chars=MAX["username"])
        timezone = st.selectbox(t("Time zone"), choices["timezones"], index=None)
        currency = st.selectbox(t("Currency"), currencies, index=currencies.index("EUR"))
        language = st.selectbox(
            t("Language of mails and reports"), list(LANGUAGES), format_func=LANGUAGES.__getitem__
        )
        pressed = st.form_submit_button(
            t("Set up and invite"), type="primary", icon=":material/send:"
        )
    if not pressed:
        return
    fields: dict[str, Any] = {
        "name": name.strip(),
        "email": email.strip(),
        "username": username.strip(),
        "timezone": timezone or "UTC",
        "currency": currency,
        "language": language,
    }
    try:
        made = gyms_api.create(fields)
    except ApiError as error:
        refusal(error)
        return
    toast_next(
        t(
            "{name} is set up. A link is on its way to {email}.",
            name=plain(made["name"]), email=plain(made["email"]),
        )
    )  # fmt: skip
    st.rerun()


def change_state(gym: GymItem) -> None:
    st.markdown(plain(gym["email"]))
    if gym["suspended_at"] is not None:
        since = moment(as_moment(gym["suspended_at"], session.timezone()))
        st.markdown(
            t(
                "Suspended since {since}: {reason}",
                since=since, reason=plain(gym["suspended_reason"]),
            )
        )  # fmt: skip
        if st.button(t("Let it go on"), type="primary", icon=":material/play_arrow:", key="resume"):
            act(lambda: gyms_api.resume(gym["gym_id"]))
        return
    st.markdown(
        t(
            "Its people can still sign in, read and export everything, and change nothing. Mails"
            " and jobs wait until you let it go on."
        )
    )
    reason = st.text_input(
        t("Reason"), max_chars=MAX_REASON, key="reason", placeholder=t("The bill of March is open"),
        help=t("The people of the gym read it on every page."),
    )  # fmt: skip
    if st.button(t("Suspend"), type="primary", icon=":material/lock:", key="suspend"):
        if not reason.strip():
            st.error(t("Write a reason."), icon=":material/error:")
            return
        act(lambda: gyms_api.suspend(gym["gym_id"], reason.strip()))


def act(change: Callable[[], GymItem]) -> None:
    try:
        change()
    except ApiError as error:
        refusal(error)
        return
    close_dialog()
    toast_next(t("Saved"))
    st.rerun()


def table(gyms: list[GymItem]) -> None:
    config = st.column_config

    def open_one() -> None:
        st.session_state[_OPEN] = gyms[st.session_state["gym_open"].row]["gym_id"]

    zone = session.timezone()
    frame = pd.DataFrame(
        {
            "name": [one["name"] for one in gyms],
            "state": [[name_state(one)] for one in gyms],
            "members": [one["members"] for one in gyms],
            "owner": [one["email"] for one in gyms],
            "seen": [
                moment(as_moment(one["owner_seen_at"], zone))
                if one["owner_seen_at"]
                else t("never")
                for one in gyms
            ],
            "since": [moment(as_moment(one["created_at"], zone)) for one in gyms],
            "reason": [one["suspended_reason"] or "" for one in gyms],
        }
    )
    st.dataframe(
        write_numbers(frame, members=whole),
        hide_index=True,
        row_height=40,
        height="content",
        placeholder="–",
        alt=t("Gyms"),
        column_config={
            "name": config.ButtonColumn(
                t("Name"), key="gym_open", on_click=open_one, type="tertiary",
                alignment="left", width=210, pinned=True,
            ),
            "state": config.MultiselectColumn(
                t("State"), width=110, options=[t(state) for state in STATES.values()],
                color=["green", "red"],
            ),
            "members": config.NumberColumn(t("Members"), width=90),
            "owner": config.TextColumn(t("Owner"), width=230),
            "seen": config.TextColumn(t("Owner's last use"), width=170),
            "since": config.TextColumn(t("Here since"), width=170),
            "reason": config.TextColumn(t("Reason"), width=240),
        },
    )  # fmt: skip


def name_state(gym: GymItem) -> str:
    return t(STATES["running" if gym["suspended_at"] is None else "suspended"])


with title_row(t("Gyms")), st.popover(t("Set up a gym"), icon=":material/add:", type="primary"):
    create_form()
with st.container(horizontal=True, vertical_alignment="bottom"):
    search = st.text_input(
        t("Search"), placeholder=t("Gym or owner"), type="search", live=True, key="search",
        width=280, icon=":material/search:", bind="query-params", on_change=first_page,
    )  # fmt: skip
    state = choose(t("State"), translated(STATES), otherwise=t("Any state"), key="state")
wanted = {
    "search": search or None,
    "is_suspended": None if state is None else str(state == "suspended").lower(),
}
found = gyms_api.page(**wanted, page=current_page(PAGE), size=SIZE)
if found["total"]:
    table(found["items"])
    pager(found["total"], SIZE, key=PAGE, forms=mark_forms("{n} gym", "{n} gyms"), bound=True)
elif is_narrowed(wanted):
    nothing_here(t("Nothing matches"), t("No gym fits the search."))
else:
    nothing_here(t("No gyms yet"), t("Set up the first one, or let owners register."))
if _OPEN in st.session_state:
    opened = gyms_api.read(st.session_state[_OPEN])
    st.dialog(plain(opened["name"]), icon=":material/storefront:", on_dismiss=close_dialog)(
        change_state
    )(opened)
