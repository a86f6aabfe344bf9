"""Toasts that outlive the next run, which a change always starts."""

import streamlit as st

_DUE = "_toasts_due"


def toast_next(text: str) -> None:
    """To be shown by the next run: what this one shows may never reach the browser."""
    st.session_state.setdefault(_DUE, []).append(text)


def show_toasts() -> None:
    for text in st.session_state.pop(_DUE, []):
        st.toast(text, icon=":material/check:")
