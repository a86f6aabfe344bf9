"""The head of a list: its title, what is searched for, and how it is sorted and filtered.

The address keeps the choice, so that a list can be bookmarked and gone back to.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st

from frontend.kit.i18n import t

PAGE = "page"
"""The page of the list, in the address and for `current_page` and `pager`."""


def first_page() -> None:
    """In a callback: what is looked for has changed."""
    st.session_state[PAGE] = 1


@contextmanager
def title_row(title: str) -> Iterator[None]:
    """The title; what is drawn inside stands at its right."""
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.title(title, anchor=False, width="content")
        yield


@contextmanager
def search_row(placeholder: str, sorts: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Draws the search and the order, and yields what was chosen; the filters, drawn inside by
    `choose`, are added to it by the caller."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            t("Search"), placeholder=placeholder, type="search", live=True, key="search",
            width=280, icon=":material/search:", bind="query-params", on_change=first_page,
        )  # fmt: skip
        sort = st.selectbox(
            t("Sort by"), list(sorts), format_func=sorts.__getitem__, key="sort", width=190,
            bind="query-params", on_change=first_page,
        )  # fmt: skip
        with st.popover(t("Filters"), icon=":material/tune:"):
            yield {"search": search, "sort": sort}


def choose(
    label: str, choices: Mapping[Any, str], *, otherwise: str, key: str, is_bound: bool = True
) -> Any:
    """One filter; None, shown as `otherwise`, leaves nobody out. Numbers cannot be bound."""
    return st.selectbox(
        label, list(choices), index=None, format_func=choices.__getitem__, placeholder=otherwise,
        key=key, width=260, on_change=first_page, bind="query-params" if is_bound else None,
    )  # fmt: skip


def is_narrowed(wanted: Mapping[str, Any]) -> bool:
    """Whether anything was searched or filtered, so that an empty list is no empty gym."""
    return any(value for name, value in wanted.items() if name != "sort")
