"""The steps of an import: which column is what, what a dry run found, the owner's lawful basis."""

import json
from dataclasses import dataclass
from functools import partial
from typing import Final

import pandas as pd
import streamlit as st

from frontend.imports import client as imports_api
from frontend.kit.api_limits import MAX_LENGTH, MIN_LENGTH
from frontend.kit.api_types import ImportResult, RejectedRow
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain, whole
from frontend.kit.i18n import count, mark, t
from frontend.kit.rejected_rows import format_rows, rejected_rows_button
from frontend.kit.session import for_later
from frontend.kit.tables import write_numbers

KINDS = {"members": mark("Members"), "visits": mark("Visits")}
FIELDS = {
    "members": {
        "number": mark("Member number"),
        "name": mark("Name"),
        "first_name": mark("First name"),
        "last_name": mark("Last name"),
        "email": mark("Email"),
        "phone": mark("Phone"),
        "birth_date": mark("Birth date"),
        "gender": mark("Gender"),
        "join_date": mark("Joined"),
        "plan": mark("Plan"),
        "status": mark("Status"),
        "end_date": mark("Membership ends"),
        "email_consent": mark("Agreed to email"),
        "email_opt_out": mark("Does not want email"),
    },
    "visits": {
        "number": mark("Member number"),
        "check_in": mark("Came in"),
        "check_out": mark("Left"),
        "date": mark("Day, where it stands alone"),
        "time": mark("Time, where it stands alone"),
        "method": mark("How they came in"),
    },
}
EXAMPLES = {
    "members": (
        "number,name,email,phone,join_date,plan,email_consent\n"
        "1001,Ana Souza,ana@example.com,+351 210 000 000,2024-03-18,Monthly,yes\n"
        "1002,Rui Melo,rui@example.com,,2025-11-02,Annual,no\n"
    ),
    "visits": (
        "number,check_in,check_out,method\n"
        "1001,2026-11-18 18:04,2026-11-18 19:20,door\n1002,2026-11-18 07:31,,app\n"
    ),
}
ORDERS = {"day_first": mark("day first: 3 April"), "month_first": mark("month first: March 4")}
FORM: Final = "POST /imports"


@dataclass(frozen=True)
class Choice:
    """How the file is to be read."""

    kind: str
    mapping: str | None = None
    date_order: str | None = None

    def as_fields(self) -> dict[str, str]:
        fields = {"kind": self.kind}
        if self.mapping:
            fields["mapping"] = self.mapping
        if self.date_order:
            fields["date_order"] = self.date_order
        return fields


@st.cache_data(ttl="10m", max_entries=4, scope="session", show_spinner=False)
def _look(name: str, content: bytes, choice: tuple[tuple[str, str], ...]) -> ImportResult:
    """The same file with the same columns is checked once, not on every click."""
    return imports_api.upload(name, content, fields=dict(choice), dry_run=True)


def look(name: str, content: bytes, choice: Choice) -> ImportResult:
    """A dry run: what would happen. Raises where the file as a whole cannot be used."""
    with st.spinner(t("Looking at the file…")):
        return _look(name, content, tuple(sorted(choice.as_fields().items())))


def choose_columns(name: str, content: bytes, kind: str, *, key: str) -> Choice | None:
    """Starts from the API's guess; None when there are no columns to choose from."""
    try:
        first = look(name, content, Choice(kind))
        columns, guess, order = first["columns"], first["mapping"], first["date_order"]
    except ApiError as error:
        refusal(error)
        found = [column for entry in error.errors for column in entry.get("columns", [])]
        if not found:
            return None
        columns, guess, order = found, {}, "day_first"
    chosen: dict[str, str] = {}
    with st.container(border=True, key="import_columns"):
        hint = t("We guessed; change what is wrong.")
        st.markdown(f"**{t('Which column is what?')}** :gray[{hint}]")
        with st.grid(3, min_column_width=200):
            for field, label in FIELDS[kind].items():
                guessed = guess.get(field)
                column = st.selectbox(
                    t(label), columns, index=columns.index(guessed) if guessed in columns else None,
                    placeholder=t("Not in this file"), key=f"column_{key}_{field}",
                )  # fmt: skip
                if column is not None:
                    chosen[field] = column
            picked_order = st.selectbox(
                t("Dates such as 03/04/2024"), list(ORDERS),
                format_func=lambda order: t(ORDERS[order]),
                index=list(ORDERS).index(order), key=f"order_{key}",
            )  # fmt: skip
    if not chosen:
        return None
    if chosen == guess and picked_order == order:
        return Choice(kind)
    return Choice(kind, json.dumps(chosen, sort_keys=True), picked_order)


def needs(kind: str) -> None:
    """The columns that a file should have."""
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


def example_button(kind: str) -> None:
    st.download_button(
        t("Download an example"), EXAMPLES[kind], file_name=f"example-{kind}.csv", mime="text/csv",
        icon=":material/download:", type="tertiary", on_click="ignore", key=f"example_{kind}",
    )  # fmt: skip


def show_findings(checked: ImportResult) -> None:
    """The result of the dry run: nothing has been changed yet."""
    good = count(checked["loaded"], "**{n} row is ready**", "**{n} rows are ready**")
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(format_rows(checked, good))
        if checked["errors"]:
            _download(checked["import_id"])
    for note in checked["notes"]:
        st.caption(plain(note))
    if checked["sample_errors"]:
        _refused_rows(checked["sample_errors"])


def _refused_rows(rows: list[RejectedRow]) -> None:
    labels = {**FIELDS["visits"], **FIELDS["members"]}
    frame = pd.DataFrame(
        {
            "line": [row["line"] for row in rows],
            "field": [t(labels.get(row["field"] or "", row["field"] or "")) for row in rows],
            "problem": [row["problem"] for row in rows],
            "row": [" · ".join(str(v) for v in row["row"].values() if v) for row in rows],
        }
    )
    names = {
        "line": st.column_config.NumberColumn(t("Line"), width=60),
        "field": st.column_config.TextColumn(t("Field"), width=150),
        "problem": st.column_config.TextColumn(t("Problem"), width=560),
        "row": st.column_config.TextColumn(t("Row")),
    }
    st.dataframe(
        write_numbers(frame, line=whole),
        hide_index=True,
        column_config=names,
        alt=t("Rows with a problem"),
    )


def _download(import_id: int) -> None:
    fetch = partial(imports_api.read_errors, import_id, api=for_later())
    rejected_rows_button(fetch, key=f"errors_{import_id}")


def consent_form(checked: ImportResult) -> str | None:
    """Members without consent in the file may be mailed only if the owner states why."""
    has_column = bool({"email_consent", "email_opt_out"} & set(checked["mapping"]))
    with st.container(border=True, key="import_consent"):
        if has_column:
            label = t("Those of whom the file says nothing have agreed to receive email, too")
        else:
            label = t("These members have agreed to receive email from my gym")
        is_confirmed = st.checkbox(label, key="import_basis")
        st.caption(
            t("We record your confirmation with this import. Without it, they are imported but "
              "not written to. Nobody who refused or unsubscribed is written to in any case.")
        )  # fmt: skip
        how = st.text_input(
            t("How did they agree?"), placeholder=t("For example: on the membership contract"),
            max_chars=MAX_LENGTH[FORM]["lawful_basis"], key="import_basis_text",
            disabled=not is_confirmed,
        )  # fmt: skip
    if not is_confirmed:
        return None
    basis = how.strip()
    if not basis:
        return t("The owner confirmed that these members agreed to receive email.")
    return (
        basis
        if len(basis) >= MIN_LENGTH[FORM]["lawful_basis"]
        else t("They agreed: {how}", how=basis)
    )


def result_card(done: ImportResult) -> None:
    with st.container(border=True, key="import_result_card"):
        what = t(KINDS.get(done["kind"], done["kind"])).lower()
        name = plain(done["filename"])
        if done["state"] == "failed":
            problem = plain(done["problem"] or t("No row could be used."))
            st.markdown(f":red[:material/error:] **{problem}** :gray[{name}]")
        else:
            rows = count(done["loaded"], "{n} row", "{n} rows")
            text = t("{rows} of {what} imported", rows=rows, what=what)
            st.markdown(f":green[:material/check_circle:] **{text}** :gray[{name}]")
        for note in done["notes"]:
            st.caption(plain(note))
        with st.container(horizontal=True, vertical_alignment="center"):
            if done["errors"]:
                _download(done["import_id"])
            if st.button(t("See who is at risk"), icon=":material/arrow_forward:"):
                st.session_state.pop("import_result")
                st.switch_page("at_risk/pages/at_risk.py")
            if st.button(t("Done"), type="tertiary"):
                st.session_state.pop("import_result")
                st.rerun()
