"""The outcome of a file's rows, and the rejected ones to correct and send again."""

from collections.abc import Callable

import streamlit as st

from frontend.kit.api_types import ImportResult, JobProgress
from frontend.kit.i18n import count, t


def format_rows(found: ImportResult | JobProgress, good: str) -> str:
    """`good` is the text for loaded rows; the others follow where there are any."""
    parts = [f":green[:material/check_circle:] {good}"]
    if found["unchanged"]:
        parts.append(count(found["unchanged"], "{n} already here", "{n} already here"))
    if found["duplicates"]:
        parts.append(count(found["duplicates"], "{n} double", "{n} doubles"))
    if found["errors"]:
        bad = count(found["errors"], "{n} row has a problem", "{n} rows have a problem")
        parts.append(f":red[{bad}]")
    return " · ".join(parts)


def rejected_rows_button(fetch: Callable[[], bytes], *, key: str) -> None:
    """`fetch` runs only once the file is requested, outside the page's run."""
    st.download_button(
        t("Download the bad rows"), fetch, file_name="rows-with-a-problem.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore", key=key,
    )  # fmt: skip
