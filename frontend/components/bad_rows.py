"""The rows of a file that could not be used, for whoever wants to mend and bring them again."""

from collections.abc import Callable

import streamlit as st

from frontend.texts import t


def bad_rows_button(fetch: Callable[[], bytes], *, key: str) -> None:
    """`fetch` runs only once somebody asks for the file, outside the page's run."""
    st.download_button(
        t("Download the bad rows"), fetch, file_name="rows-with-a-problem.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore", key=key,
    )  # fmt: skip
