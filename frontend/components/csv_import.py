"""The steps of an import: which column is what, what a dry run found, the owner's lawful basis."""

import json
from typing import Any

import pandas as pd
import streamlit as st

from frontend.client import ApiError
from frontend.components.trouble import refusal
from frontend.formats import plain
from frontend.results import Import
from frontend.session import api
from frontend.texts import count, t

KINDS = {"members": t("Members"), "visits": t("Visits")}
FIELDS = {
    "members": {
        "number": t("Member number"),
        "name": t("Name"),
        "first_name": t("First name"),
        "last_name": t("Last name"),
        "email": t("Email"),
        "phone": t("Phone"),
        "birth_date": t("Birth date"),
        "gender": t("Gender"),
        "join_date": t("Joined"),
        "email_consent": t("Agreed to email"),
    },
    "visits": {
        "number": t("Member number"),
        "check_in": t("Came in"),
        "check_out": t("Left"),
    },
}


@st.cache_data(ttl="10m", max_entries=4, scope="session", show_spinner=False)
def _dry_run(name: str, content: bytes, kind: str, mapping: str | None) -> Import:
    """The same file with the same columns is looked at once, not on every click."""
    fields = {"kind": kind}
    if mapping:
        fields["mapping"] = mapping
    return api.upload(name, content, fields=fields, dry_run=True)


def dry_run(name: str, content: bytes, kind: str, mapping: str | None) -> Import | None:
    try:
        with st.spinner(t("Looking at the file…")):
            return _dry_run(name, content, kind, mapping)
    except ApiError as error:
        refusal(error)
        return None


def choose_columns(name: str, content: bytes, kind: str, *, key: str) -> str | None:
    """Starts from the API's guess. The mapping as JSON; None when the file is unreadable."""
    guess = dry_run(name, content, kind, None)
    if guess is None:
        return None
    fields = {**FIELDS[kind], **{f: _label(f) for f in guess["mapping"] if f not in FIELDS[kind]}}
    chosen: dict[str, str] = {}
    with st.container(border=True, key="import_columns"):
        hint = t("We guessed; change what is wrong.")
        st.markdown(f"**{t('Which column is what?')}** :gray[{hint}]")
        with st.grid(3, min_column_width=200):
            for field, label in fields.items():
                guessed = guess["mapping"].get(field)
                columns = guess["columns"]
                column = st.selectbox(
                    label, columns, index=columns.index(guessed) if guessed in columns else None,
                    placeholder=t("Not in this file"), key=f"column_{key}_{field}",
                )  # fmt: skip
                if column is not None:
                    chosen[field] = column
    return json.dumps(chosen, sort_keys=True)


def _label(field: str) -> str:
    return field.replace("_", " ").capitalize()


def found(checked: Import) -> None:
    """What the dry run says: nothing has been changed yet."""
    good = count(checked["loaded"], "**{n} row is ready**", "**{n} rows are ready**")
    parts = [f":green[:material/check_circle:] {good}"]
    if checked["unchanged"]:
        parts.append(count(checked["unchanged"], "{n} already here", "{n} already here"))
    if checked["duplicates"]:
        parts.append(count(checked["duplicates"], "{n} double tap", "{n} double taps"))
    if checked["errors"]:
        bad = count(checked["errors"], "{n} row has a problem", "{n} rows have a problem")
        parts.append(f":red[{bad}]")
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(" · ".join(parts))
        if checked["errors"] and checked["import_id"]:
            _download(checked["import_id"])
    if checked["sample_errors"]:
        st.dataframe(
            _errors(checked["sample_errors"]), hide_index=True, alt=t("Rows with a problem")
        )


def _errors(samples: list[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(samples)
    return frame.rename(columns={name: _label(str(name)) for name in frame.columns})


def _download(import_id: int) -> None:
    try:
        rows = api.import_errors(import_id)
    except ApiError as error:
        refusal(error)
        return
    st.download_button(
        t("Download the bad rows"), rows, file_name="rows-with-a-problem.csv", mime="text/csv",
        icon=":material/download:", on_click="ignore", key=f"errors_{import_id}",
    )  # fmt: skip


def needs(kind: str) -> None:
    """What the file should hold, before anybody looks for one."""
    if kind == "members":
        st.markdown(
            t("One row for each member: a **number** or an **email** to know them by, and all else "
              "you have: name, phone, birth date, day of joining, whether they agreed to email.")
        )  # fmt: skip
    else:
        st.markdown(
            t("One row for each visit: the member's **number** and **when** they came in. Members "
              "who are only a number so far get their names from a members file later.")
        )  # fmt: skip


def ask_consent(checked: Import) -> str | None:
    """Without a column that says so or this confirmation, nobody of the file may be mailed."""
    if checked["mapping"].get("email_consent"):
        st.caption(t("Who may be written to is taken from the file's own column."))
        return None
    with st.container(border=True, key="import_consent"):
        is_confirmed = st.checkbox(
            t("These members have agreed to receive email from my gym"), key="import_basis"
        )
        st.caption(
            t("We record your confirmation with this import. Without it, they are imported but "
              "not written to.")
        )  # fmt: skip
        how = st.text_input(
            t("How did they agree?"), placeholder=t("For example: on the membership contract"),
            max_chars=200, key="import_basis_text", disabled=not is_confirmed,
        )  # fmt: skip
    if not is_confirmed:
        return None
    return how.strip() or t("The owner confirmed that these members agreed to email.")


def result_card(done: Import) -> None:
    with st.container(border=True, key="import_result_card"):
        what = KINDS.get(done["kind"], done["kind"]).lower()
        loaded = count(done["loaded"], "{n} row", "{n} rows")
        text = t("{rows} of {what} imported", rows=loaded, what=what)
        name = plain(done["filename"])
        st.markdown(f":green[:material/check_circle:] **{text}** :gray[{name}]")
        with st.container(horizontal=True, vertical_alignment="center"):
            if done["errors"] and done["import_id"]:
                _download(done["import_id"])
            if st.button(t("See who is at risk"), icon=":material/arrow_forward:"):
                st.session_state.pop("import_result")
                st.switch_page("views/at_risk.py")
            if st.button(t("Done"), type="tertiary"):
                st.session_state.pop("import_result")
                st.rerun()
