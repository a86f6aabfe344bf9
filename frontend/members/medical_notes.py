"""What the gym must know of a member's health; shown when asked for, since reading is recorded."""

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api

SIZE = 10


def medical_panel(member_id: int, zone: str) -> None:
    opened = f"medical_notes_{member_id}"
    if not st.session_state.get(opened):
        st.caption(t("Injuries, illnesses and medicines that the staff must know of."))
        if st.button(t("Read the medical notes"), icon=":material/lock_open:"):
            st.session_state[opened] = True
            st.rerun()
        st.caption(t("That you read them is recorded, with your name and the time."))
    else:
        _notes(member_id, zone)
    if session.may("read_medical_note_reads"):
        _reads(member_id, zone)


def _notes(member_id: int, zone: str) -> None:
    found = members_api.read_medical_notes(member_id)
    with st.form("medical_notes", border=False):
        text = st.text_area(
            t("Medical notes"), found["text"] or "", height=140, key=f"medical_{member_id}",
            max_chars=MAX_LENGTH["MedicalNotesUpdate"]["text"],
            placeholder=t("Nothing is known."),
        )  # fmt: skip
        if found["written_at"]:
            when = moment(as_moment(found["written_at"], zone))
            st.caption(plain(f"{found['written_by']} · {when}"))
        if not st.form_submit_button(t("Save"), type="primary", icon=":material/check:"):
            return
    try:
        members_api.write_medical_notes(member_id, (text or "").strip() or None)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved"))
    st.rerun()


def _reads(member_id: int, zone: str) -> None:
    key = f"medical_reads_{member_id}"
    found = members_api.page_medical_reads(member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        return
    with st.expander(t("Who has read them"), icon=":material/visibility:"):
        rows = {
            "who": [read["reader"] for read in found["items"]],
            "when": [moment(as_moment(read["read_at"], zone)) for read in found["items"]],
        }
        st.dataframe(
            pd.DataFrame(rows), hide_index=True, height="content",
            column_config={"who": t("Who"), "when": t("When")}, alt=t("Who has read them"),
        )  # fmt: skip
        pager(found["total"], SIZE, key=key, forms=mark_forms("{n} read", "{n} reads"))
