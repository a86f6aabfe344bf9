"""A gym's tags: rename one for all who have it, or delete it."""

import streamlit as st

from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import count, t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api


def manage_tags() -> None:
    """Where there are none yet, they are made on a member's page."""
    if not session.may("edit_members"):
        return
    tags = {tag["tag_id"]: tag for tag in members_api.list_tags()}
    if not tags:
        return
    with st.popover(t("Tags"), icon=":material/sell:"):
        tag_id = st.selectbox(
            t("Tag"), list(tags), format_func=lambda number: tags[number]["name"], key="tag_chosen"
        )
        tag = tags[tag_id]
        st.caption(count(tag["members"], "{n} member has it.", "{n} members have it."))
        with st.form("rename_tag", border=False):
            name = st.text_input(
                t("Name"), tag["name"], max_chars=MAX_LENGTH["TagUpdate"]["name"],
                key=f"tag_name_{tag_id}",
            )  # fmt: skip
            renamed = st.form_submit_button(t("Rename"), type="primary")
        deleted = st.button(t("Delete the tag"), icon=":material/delete:")
    try:
        if renamed and name.strip():
            members_api.rename_tag(tag_id, name)
            toast_next(t("Renamed to {name}", name=plain(name)))
        elif deleted:
            members_api.delete_tag(tag_id)
            toast_next(t("Deleted: {name}", name=plain(tag["name"])))
        else:
            return
    except ApiError as error:
        refusal(error)
        return
    st.rerun()
