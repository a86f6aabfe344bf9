"""The row under a table: where you are, and the way to the other pages."""

from typing import Literal

import streamlit as st

from frontend.kit.formats import whole
from frontend.kit.i18n import count, t

SHOWN_PAGES = 7


def pages_of(total: int, size: int) -> int:
    return max(-(-total // size), 1)


def current_page(key: str) -> int:
    """Known before the pager is drawn: from its state, else from the address it may be bound to."""
    given = str(st.session_state.get(key) or st.query_params.get(key, "1"))
    return int(given) if given.isascii() and given.isdigit() and 0 < int(given) < 10**6 else 1


def pager(total: int, size: int, *, key: str, forms: tuple[str, str], bound: bool = False) -> None:
    """`key` is the one given to `current_page` before the rows were fetched, `forms` count them."""
    pages = pages_of(total, size)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        page = min(current_page(key), pages)
        where = t("page {page} of {pages}", page=page, pages=whole(pages)) if pages > 1 else ""
        st.caption(" · ".join(part for part in (count(total, *forms), where) if part))
        if pages > 1:
            bind: Literal["query-params"] | None = "query-params" if bound else None
            # Left to itself in a row, the widget hides the other one of two pages.
            width: int | Literal["content"] = "content"
            if pages <= SHOWN_PAGES:
                width = 36 * (pages + 2) + 40
            st.pagination(pages, key=key, max_visible_pages=SHOWN_PAGES, width=width, bind=bind)
