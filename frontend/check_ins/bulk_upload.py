"""Visits in bulk: a large file goes to the workers, and its job is polled until it is done."""

import uuid
from functools import partial

import streamlit as st

from frontend.auth import client as auth_api
from frontend.check_ins import client as check_ins_api
from frontend.jobs import client as jobs_api
from frontend.jobs.job_progress import job_under_way, watch_job
from frontend.kit.api_types import JobItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.i18n import count, t
from frontend.kit.rejected_rows import format_rows, rejected_rows_button
from frontend.kit.session import for_later

_JOB = "bulk_job"
_KEY = "bulk_key"


def bulk_visits() -> None:
    """The form, or the job that the last file became until its result is put away."""
    if not job_under_way(_JOB, format_status=_format_status, show_result=_show_result):
        _form()


def _form() -> None:
    max_mb = auth_api.read_choices()["bulk_max_bytes"] >> 20
    st.markdown(
        t("Up to {size} MB of visits by members you already have, loaded while you do something "
          "else. The columns must be called **number** (or **member_id**), **check_in**, and if "
          "you like **check_out** and **method**. Rows that cannot be used are listed; the same "
          "file again adds nothing.", size=max_mb)
    )  # fmt: skip
    round_number = st.session_state.setdefault("bulk_round", 0)
    file = st.file_uploader(
        t("CSV file"), type="csv", max_upload_size=max_mb, key=f"bulk_file_{round_number}"
    )
    if file is None:
        return
    # One key per chosen file: a second click on a slow line makes no second job.
    known = st.session_state.get(_KEY)
    if known is None or known[0] != file.file_id:
        known = st.session_state[_KEY] = (file.file_id, uuid.uuid4().hex)
    if not st.button(
        t("Load the visits"), type="primary", icon=":material/upload:", key="bulk_now"
    ):
        return
    try:
        with st.spinner(t("Sending the file…")):
            job = check_ins_api.load_file(file.name, file.getvalue(), key=known[1])
    except ApiError as error:
        refusal(error)
        return
    watch_job(_JOB, job["job_id"])
    st.session_state["bulk_round"] += 1
    st.rerun()


def _format_status(job: JobItem) -> str:
    return count(job["progress"]["rows_read"], "Loading: {n} row read", "Loading: {n} rows read")


def _show_result(job: JobItem) -> None:
    done = job["progress"]
    if job["state"] == "done":
        loaded = count(done["loaded"], "{n} visit loaded", "{n} visits loaded")
        st.markdown(format_rows(done, f"**{loaded}**"))
    if done["errors"]:
        fetch = partial(jobs_api.read_errors, job["job_id"], api=for_later())
        rejected_rows_button(fetch, key="bulk_errors")
