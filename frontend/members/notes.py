"""What the staff wrote down about a member."""

import streamlit as st

from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import NoteItem
from frontend.kit.client import ApiError, NotFound
from frontend.kit.errors import refusal
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import mark_forms, t
from frontend.kit.paging import current_page, pager, pages_of
from frontend.kit.session import refresh
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api

SIZE = 10
MAX_TEXT = MAX_LENGTH["NoteCreate"]["text"]


def notes_panel(member_id: int, zone: str) -> None:
    if session.may("write_notes"):
        _write(member_id)
    key = f"notes_page_{member_id}"
    found = members_api.page_notes(member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        st.caption(t("Nobody has written anything down about this member yet."))
        return
    if not found["items"]:  # the only note of this page was deleted
        st.session_state[key] = pages_of(found["total"], SIZE)
        found = members_api.page_notes(member_id, page=current_page(key), size=SIZE)
    for note in found["items"]:
        _note(member_id, note, zone)
    pager(found["total"], SIZE, key=key, forms=mark_forms("{n} note", "{n} notes"))


def _write(member_id: int) -> None:
    with st.form("write_note", border=False, clear_on_submit=True):
        text = st.text_area(
            t("New note"), max_chars=MAX_TEXT, key="new_note", height=90,
            placeholder=t("What should the others know?"),
        )  # fmt: skip
        if not st.form_submit_button(t("Write it down"), type="primary", icon=":material/edit:"):
            return
    if not (text or "").strip():
        st.error(t("Write something first."), icon=":material/error:")
        return
    try:
        members_api.create_note(member_id, text)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Note written"))
    st.rerun()


def _note(member_id: int, note: NoteItem, zone: str) -> None:
    with st.container(border=True, gap="xsmall"):
        st.text(note["text"])
        with st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
        ):
            written = moment(as_moment(note["created_at"], zone))
            parts = [note["author"] or t("author not recorded"), written]
            if note["edited_at"]:
                edited = moment(as_moment(note["edited_at"], zone))
                parts.append(t("changed {when}", when=edited))
            st.caption(plain(" · ".join(parts)), width="content")
            if session.may("edit_all_notes") or (note["is_own"] and session.may("write_notes")):
                _change(member_id, note)


def _change(member_id: int, note: NoteItem) -> None:
    number = note["note_id"]
    with st.popover(t("Change"), icon=":material/edit_note:", type="tertiary"):
        with st.form(f"note_{number}", border=False):
            text = st.text_area(
                t("Note"), note["text"], max_chars=MAX_TEXT, key=f"note_text_{number}", height=120
            )
            saved = st.form_submit_button(t("Save"), type="primary")
        deleted = st.button(t("Delete it"), key=f"note_delete_{number}", icon=":material/delete:")
    try:
        if saved and (text or "").strip():
            members_api.update_note(member_id, number, text)
        elif deleted:
            members_api.delete_note(member_id, number)
        else:
            return
    except NotFound:
        refresh()
        toast_next(t("It had been deleted already."))
    except ApiError as error:
        refusal(error)
        return
    else:
        toast_next(t("Saved") if saved else t("Note deleted"))
    st.rerun()
