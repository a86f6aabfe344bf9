"""Up to when the figures on a page are true."""

import streamlit as st

from frontend.formats import as_moment, day
from frontend.texts import t


def as_of_note(as_of: str, is_live: bool, zone: str) -> None:
    """Says loudly that the figures end in the past; a living gym needs no note."""
    if is_live:
        return
    newest = as_moment(as_of, zone)
    st.warning(
        t(
            "Your newest visit is from {day}, so everything here is as of that day. "
            "Import newer visits to see today.",
            day=day(newest.date() if newest else None),
        ),
        icon=":material/history:",
    )
