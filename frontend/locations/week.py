"""Hours of a week as fields of a form: a line of text for each day, typed fast and read aloud."""

from collections.abc import Iterable
from typing import Any

import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import HoursItem
from frontend.kit.formats import plain, weekday_name
from frontend.kit.i18n import t
from frontend.locations.hours import NotHours, read_day, write_day

WEEK = range(7)


def week_fields(
    key: str, hours: Iterable[HoursItem], *, any_time: str, disabled: bool
) -> dict[int, str] | None:
    """Draws the fields; what was typed for each day, or None while `any_time` is chosen."""
    stored = list(hours)
    always = st.toggle(any_time, not stored, key=f"{key}_always", disabled=disabled)
    st.caption(
        t(
            "Several in a day are parted by commas. 22:00–02:00 goes on after midnight, an"
            " empty day is closed. All in the time of {zone}.",
            zone=plain(session.timezone()),
        )
    )
    typed = {}
    for weekday, place in zip(WEEK, _places(), strict=True):
        field_key = f"{key}_{weekday}"
        st.session_state.setdefault(field_key, write_day(stored, weekday))
        typed[weekday] = place.text_input(
            weekday_name(weekday), key=field_key, max_chars=100, placeholder=t("Closed"),
            disabled=disabled,
        )  # fmt: skip
    return None if always else typed


def _places() -> list[Any]:
    left, right = st.columns(2)
    return [left] * 4 + [right] * 3


def repeat_button(key: str, *, disabled: bool) -> None:
    """Inside the form: the hours of Monday for every day."""

    def repeat_monday() -> None:
        for weekday in WEEK:
            st.session_state[f"{key}_{weekday}"] = st.session_state[f"{key}_0"]

    st.form_submit_button(t("Every day as on Monday"), on_click=repeat_monday, disabled=disabled)


def read_week(typed: dict[int, str] | None) -> list[HoursItem]:
    """Raises `NotHours`, also where nothing was typed: that would be any time."""
    if typed is None:
        return []
    hours = [one for weekday, text in typed.items() for one in read_day(text, weekday)]
    if not hours:
        raise NotHours(t("Type the hours of one day at least, or choose that it is always."))
    return hours
