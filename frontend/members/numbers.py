"""The cards and other numbers of a member: give one, end one."""

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import NumberItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, plain, short_day
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.words import NUMBERS

MOST = 50
"""Shown of one member, valid ones first."""
GIVEN = ("card", "barcode", "vendor")


def numbers_panel(member_id: int) -> None:
    with st.expander(t("Numbers and cards"), icon=":material/badge:"):
        for number in members_api.page_numbers(member_id, size=MOST)["items"]:
            _row(member_id, number)
        _give(member_id)


def _row(member_id: int, number: NumberItem) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        about = f"{t(NUMBERS[number['kind']])} · "
        if number["ended_on"]:
            about += t("ended on {day}", day=short_day(as_date(number["ended_on"])))
        else:
            about += t("since {day}", day=short_day(as_date(number["given_on"])))
        st.markdown(f"**{plain(number['value'])}**  \n:small[:gray[{plain(about)}]]")
        if not number["ended_on"] and st.button(
            t("End"), key=f"end_number_{number['number_id']}", type="tertiary",
            help=t("It opens nothing any more, and may be given to somebody else."),
        ):  # fmt: skip
            try:
                members_api.end_number(member_id, number["number_id"])
            except ApiError as error:
                refusal(error)
            else:
                toast_next(t("Ended"))
                st.rerun()


def _give(member_id: int) -> None:
    with st.form(f"give_number_{member_id}", border=False, clear_on_submit=True):
        kind = st.selectbox(t("Kind"), GIVEN, format_func=lambda one: t(NUMBERS[one]), width=260)
        value = st.text_input(
            t("Number"), max_chars=MAX_LENGTH["NumberCreate"]["value"], key="new_number", width=260
        )
        if not st.form_submit_button(t("Give it to them"), icon=":material/add_card:"):
            return
    if not value.strip():
        st.warning(t("Type or scan a number first."))
        return
    try:
        members_api.create_number(member_id, kind, value)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved"))
    st.rerun()
