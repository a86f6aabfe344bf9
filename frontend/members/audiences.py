"""Saved filters: choose one, save the one that is set, write to who is in it."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from frontend.campaigns.compose import open_compose
from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.filters import apply_filter, to_filter


def audiences_popover(wanted: Mapping[str, Any]) -> None:
    known = {one["audience_id"]: one for one in members_api.list_audiences()}
    chosen = to_filter(wanted)
    with st.popover(t("Audiences"), icon=":material/groups:"):
        if not known and not chosen:
            st.caption(t("Search or filter first, then save that here under a name."))
        if known:
            _saved(known)
        if chosen and session.may("edit_members"):
            _save(chosen)


def _saved(known: Mapping[int, Any]) -> None:
    audience_id = st.selectbox(
        t("Saved audience"), list(known), format_func=lambda number: known[number]["name"],
        key="audience",
    )  # fmt: skip
    audience = known[audience_id]
    st.caption(t("Saved by {name}", name=plain(audience["owner"])))
    with st.container(horizontal=True):
        st.button(
            t("Show them"), icon=":material/filter_alt:", on_click=apply_filter,
            args=(audience["filter"],),
        )  # fmt: skip
        if session.may("send_campaigns"):
            st.button(
                t("Write to these"), icon=":material/mail:", type="primary",
                on_click=open_compose, args=(audience_id,), kwargs={"in_bulk": True},
            )  # fmt: skip
        deleted = session.may("edit_members") and st.button(
            t("Forget it"), icon=":material/delete:", type="tertiary"
        )
    if not deleted:
        return
    try:
        members_api.delete_audience(audience_id)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Deleted: {name}", name=plain(audience["name"])))
    st.rerun()


def _save(chosen: dict[str, Any]) -> None:
    with st.form("save_audience", border=False):
        name = st.text_input(
            t("Save this filter as"), max_chars=MAX_LENGTH["AudienceCreate"]["name"],
            key="audience_name", placeholder=t("Morning crew, slipping away"),
        )  # fmt: skip
        if not st.form_submit_button(t("Save"), type="primary"):
            return
    if not name.strip():
        st.error(t("Give it a name first."), icon=":material/error:")
        return
    try:
        members_api.create_audience(name, chosen)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved: {name}", name=plain(name)))
    st.rerun()
