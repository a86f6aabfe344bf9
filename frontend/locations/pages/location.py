"""One location and the hours of its week: edited when the address names one, else added."""

from typing import Any

import streamlit as st

from frontend.kit import session
from frontend.kit.api_limits import MAX, MAX_LENGTH
from frontend.kit.api_types import LocationItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.links import chosen_id
from frontend.kit.toasts import toast_next
from frontend.locations import client as locations_api
from frontend.locations.hours import NotHours
from frontend.locations.kiosks import kiosks_panel
from frontend.locations.week import read_week, repeat_button, week_fields
from frontend.members.fields import changed

ALL = "locations/pages/locations.py"
ONE = "locations/pages/location.py"
LONGEST = MAX_LENGTH["LocationCreate"]
HIGHEST = MAX["LocationCreate"]


def fields_of(known: LocationItem | None) -> dict[str, Any]:
    """Draws the fields inside a form and returns what is in them, empty ones as None."""
    key = f"location_{known['location_id'] if known else 'new'}"
    stored: dict[str, Any] = dict(known or {})

    def text(label: str, name: str) -> str | None:
        typed = st.text_input(
            label, stored.get(name) or "", max_chars=LONGEST[name], key=f"{key}_{name}"
        )
        return typed.strip() or None

    left, right = st.columns(2)
    with left:
        fields: dict[str, Any] = {"name": text(t("Name"), "name")}
        fields["phone"] = text(t("Phone"), "phone")
    with right:
        fields["address"] = text(t("Address"), "address")
        fields["capacity"] = st.number_input(
            t("Capacity"), min_value=1, max_value=int(HIGHEST["capacity"]), step=1,
            value=stored.get("capacity"), key=f"{key}_capacity", placeholder=t("Nobody counts"),
            help=t("How many people may be inside at once."),
        )  # fmt: skip
    if known:
        fields["is_active"] = st.checkbox(
            t("Members train here"), known["is_active"], key=f"{key}_is_active",
            help=t("A location that was given up is retired: it is kept and not offered."),
        )  # fmt: skip
    return fields


def save(known: LocationItem | None, fields: dict[str, Any]) -> None:
    if not fields["name"]:
        st.error(t("A location needs a name."), icon=":material/error:")
        return
    location = known
    try:
        if known is None:
            given = {name: value for name, value in fields.items() if value is not None}
            location = locations_api.create(given)
        elif changes := changed(dict(known), fields):
            location = locations_api.update(known["location_id"], changes)
    except ApiError as error:
        refusal(error)
        return
    assert location is not None
    toast_next(t("Saved: {name}", name=plain(fields["name"])))
    st.switch_page(ONE, query_params={"id": str(location["location_id"])})


def week_form(known: LocationItem) -> None:
    key = f"hours_{known['location_id']}"
    is_fixed = not session.may("edit_locations")
    st.subheader(t("Opening hours"), anchor=False)
    with st.form("week"):
        typed = week_fields(
            key, known["opening_hours"], any_time=t("Always open"), disabled=is_fixed
        )
        with st.container(horizontal=True):
            is_pressed = st.form_submit_button(
                t("Save the hours"), type="primary", icon=":material/check:", disabled=is_fixed
            )
            repeat_button(key, disabled=is_fixed)
    if is_pressed:
        save_week(known, typed)


def save_week(known: LocationItem, typed: dict[int, str] | None) -> None:
    try:
        hours = read_week(typed)
    except NotHours as problem:
        st.error(plain(str(problem)), icon=":material/error:", title=t("Not saved"))
        return
    try:
        locations_api.replace_hours(known["location_id"], hours)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved: {name}", name=plain(known["name"])))
    st.rerun()


def delete_button(known: LocationItem) -> None:
    with st.popover(t("Delete"), icon=":material/delete:"):
        st.markdown(t("For what was entered by mistake. What you no longer use is retired."))
        if st.button(t("Delete it"), type="primary", key="delete"):
            try:
                locations_api.delete(known["location_id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Deleted: {name}", name=plain(known["name"])))
            st.switch_page(ALL)


if st.button(t("All locations"), type="tertiary", icon=":material/arrow_back:", key="way_back"):
    st.switch_page(ALL)
known = locations_api.read(chosen_id()) if "id" in st.query_params else None
st.title(plain(known["name"]) if known else t("Add a location"), anchor=False)
with st.form("location"):
    fields = fields_of(known)
    is_pressed = st.form_submit_button(
        t("Save"),
        type="primary",
        icon=":material/check:",
        disabled=not session.may("edit_locations"),
    )
if is_pressed:
    save(known, fields)
if known:
    week_form(known)
    kiosks_panel(known["location_id"])
if known and session.may("edit_locations"):
    delete_button(known)
