"""Entries of the audit log, for its page and for the page of what they are about."""

import streamlit as st

from frontend.audit_log import client as audit_api
from frontend.audit_log.words import ACTIONS, COLOURS, name_field, name_noun, write_value
from frontend.kit import session
from frontend.kit.api_types import AuditChange, AuditItem
from frontend.kit.formats import as_moment, moment, plain
from frontend.kit.i18n import mark_forms, t
from frontend.kit.links import open_member
from frontend.kit.paging import current_page, pager

SIZE = 10
ENTRIES = mark_forms("{n} record", "{n} records")
SHOWN_CHANGES = 12
"""More of them are behind a click: a member that was added has many fields."""


def member_changes(member_id: int) -> None:
    """What was done to a member and to all that is theirs."""
    key = f"audit_page_{member_id}"
    found = audit_api.page(member_id=member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        st.caption(t("Nothing was changed yet."))
        return
    for item in found["items"]:
        entry(item)
    pager(found["total"], SIZE, key=key, forms=ENTRIES)


def entry(item: AuditItem, *, back: str | None = None) -> None:
    """One thing that somebody did. With `back`, a member's name leads to their page."""
    with st.container(border=True, gap="xsmall"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(t(ACTIONS[item["action"]]), color=COLOURS[item["action"]])
            st.markdown(f"**{plain(_name_row(item))}**", width="content")
            if back is not None and item["member_id"] and item["member_name"] is not None:
                st.button(
                    plain(item["member_name"] or t("Unnamed member")), type="tertiary",
                    icon=":material/person:", key=f"member_of_{item['audit_id']}",
                    on_click=_open, args=(item["member_id"], back),
                )  # fmt: skip
        _changes(item)
        st.caption(plain(" · ".join(_write_circumstances(item))))


def _open(member_id: int, back: str) -> None:
    open_member(member_id, back=back)


def _name_row(item: AuditItem) -> str:
    named = next((one for one in item["changes"] if one["field"] == "name"), None)
    name = (named["new"] or named["old"]) if named else None
    return f"{name_noun(item['noun'])} {name or item['key']}"


def _changes(item: AuditItem) -> None:
    lines = [_write_change(change, item) for change in item["changes"]]
    if lines:
        st.markdown("  \n".join(lines[:SHOWN_CHANGES]))
    if len(lines) > SHOWN_CHANGES:
        with st.expander(t("More fields")):
            st.markdown("  \n".join(lines[SHOWN_CHANGES:]))


def _write_change(change: AuditChange, item: AuditItem) -> str:
    """As "Price: €49.90 → €59.90"; of a row that came or went what it says, or said."""
    field = plain(name_field(item["noun"], change["field"]))
    if change["is_hidden"]:
        return f"{field}: :gray[{t('changed; what it says is not kept here')}]"
    zone = session.timezone()
    old, new = (plain(write_value(change, change[side], zone)) for side in ("old", "new"))
    match item["action"]:
        case "created":
            return f"{field}: {new}"
        case "deleted":
            return f"{field}: :gray[{old}]"
    return f"{field}: :gray[{old}] → {new}"


def _write_circumstances(item: AuditItem) -> list[str]:
    said = [
        item["actor"] or t("nobody signed in"),
        moment(as_moment(item["at"], session.timezone())),
        item["address"] or "",
    ]
    return [part for part in said if part]
