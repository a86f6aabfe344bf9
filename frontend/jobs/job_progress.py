"""A job of the workers, polled every second until it is done."""

from collections.abc import Callable

import streamlit as st

from frontend.jobs import client as jobs_api
from frontend.kit.api_types import JobItem
from frontend.kit.errors import showing_errors
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.session import refresh

ENDED = ("done", "failed")


def watch_job(name: str, job_id: int) -> None:
    """From now on `job_under_way` shows this job, also on a page that is opened again."""
    st.session_state[name] = job_id


def job_under_way(
    name: str,
    *,
    done: str = "",
    format_status: Callable[[JobItem], str] | None = None,
    show_result: Callable[[JobItem], None] | None = None,
) -> bool:
    """The job's progress, then its result until it is put away. False when there is none."""
    job_id = st.session_state.get(name)
    if job_id is None:
        return False
    job = jobs_api.read(job_id)
    if job["state"] not in ENDED:
        st.fragment(_look, run_every="1s")(job_id, format_status)
        return True
    with st.container(border=True, key=f"{name}_result"):
        if job["state"] == "failed":
            st.markdown(f":red[:material/error:] **{plain(job['error'])}**")
        elif done:
            st.markdown(f":green[:material/check_circle:] {done}")
        if show_result is not None:
            show_result(job)
        if st.button(t("Done"), key=f"{name}_done", type="tertiary"):
            st.session_state.pop(name)
            st.rerun()
    return True


def _look(job_id: int, format_status: Callable[[JobItem], str] | None) -> None:
    with showing_errors():
        job = jobs_api.read(job_id)
        if job["state"] in ENDED:
            refresh()
            st.rerun()
        is_waiting = job["state"] != "running" and not job["progress"]["share"]
        text = t("Waiting for its turn") if is_waiting else t("At work")
        if format_status is not None and not is_waiting:
            text = format_status(job)
        with st.container(border=True, key="job_progress"):
            st.progress(job["progress"]["share"], text=text)
            st.caption(t("You can leave this page; the work goes on without you."))
