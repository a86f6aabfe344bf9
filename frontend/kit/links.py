"""Pages about one thing take its id from `?id=`."""

from collections.abc import Sequence
from typing import Any

import streamlit as st

from frontend.kit.client import NotFound
from frontend.kit.i18n import t

_CAME_FROM = "member_came_from"
_MEMBER = "members/pages/member.py"


def chosen_id() -> int:
    """The id in the address; None for anything but a number."""
    given = st.query_params.get("id", "")
    if not given.isascii() or not given.isdigit() or len(given) > 18:
        raise NotFound(t("There is nothing under this address."), status=404)
    return int(given)


def open_member(member_id: int, *, back: str) -> None:
    """`back` is the page that the member's page leads back to."""
    st.session_state[_CAME_FROM] = back
    st.switch_page(_MEMBER, query_params={"id": str(member_id)})


def came_from(*, otherwise: str) -> str:
    """The page that led to this member's page; an address opened directly came from none."""
    return str(st.session_state.get(_CAME_FROM, otherwise))


def member_column(
    member_ids: Sequence[int], *, key: str, back: str, width: int | None = None
) -> Any:
    """A table's column of names, each of them the way to that member's page."""

    def press() -> None:
        open_member(member_ids[st.session_state[key].row], back=back)

    return st.column_config.ButtonColumn(
        t("Member"), key=key, on_click=press, type="tertiary", alignment="left", width=width,
        # A pinned column keeps its width; one without a width is to fill the table.
        pinned=width is not None,
    )  # fmt: skip
