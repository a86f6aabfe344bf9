"""Bring a gym's own members and visits from CSV: look first, import then."""

import pandas as pd
import streamlit as st

from frontend.check_ins.bulk_upload import bulk_visits
from frontend.imports import client as imports_api
from frontend.imports.steps import (
    KINDS,
    choose_columns,
    consent_form,
    example_button,
    look,
    needs,
    result_card,
    show_findings,
)
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import whole
from frontend.kit.i18n import count, mark, t, translated
from frontend.kit.tables import write_numbers

BULK = "bulk"
MAX_MB = 50
"""More than that takes longer than somebody waits before a page."""

STATES = {"checked": mark("Checked"), "done": mark("Imported"), "failed": mark("Failed")}


def history() -> None:
    """What came in before, newest first."""
    past = [entry for entry in imports_api.page()["items"] if not entry["dry_run"]][:10]
    if not past:
        return
    st.subheader(t("Earlier imports"), anchor=False)
    rows = {
        "file": [entry["filename"] for entry in past],
        "kind": [t(KINDS.get(entry["kind"], entry["kind"])) for entry in past],
        "state": [t(STATES[entry["state"]]) for entry in past],
        "loaded": [entry["loaded"] for entry in past],
        "unchanged": [entry["unchanged"] for entry in past],
        "duplicates": [entry["duplicates"] for entry in past],
        "errors": [entry["errors"] for entry in past],
    }
    names = {
        "file": t("File"),
        "kind": t("What"),
        "state": t("State"),
        "loaded": t("Loaded"),
        "unchanged": t("Unchanged"),
        "duplicates": t("Doubles"),
        "errors": t("With a problem"),
    }
    counts = dict.fromkeys(("loaded", "unchanged", "duplicates", "errors"), whole)
    st.dataframe(
        write_numbers(pd.DataFrame(rows), **counts),
        hide_index=True,
        column_config=names,
        alt=t("Earlier imports"),
    )


def bring_in(name: str, content: bytes, kind: str, *, key: str) -> None:
    """Columns, dry run, consent, and only then the import."""
    choice = choose_columns(name, content, kind, key=key)
    if choice is None:
        return
    try:
        checked = look(name, content, choice)
    except ApiError as error:
        refusal(error)
        return
    show_findings(checked)
    basis = consent_form(checked) if kind == "members" else None
    label = count(checked["loaded"], "Import {n} good row", "Import the {n} good rows")
    if not st.button(
        label, type="primary", icon=":material/upload:", disabled=not checked["loaded"],
        key="import_now",
    ):  # fmt: skip
        return
    fields = choice.as_fields() | ({"lawful_basis": basis} if basis else {})
    try:
        with st.spinner(t("Importing…")):
            done = imports_api.upload(name, content, fields=fields, dry_run=False)
    except ApiError as error:
        refusal(error)
        return
    st.session_state["import_result"] = done
    st.session_state["import_round"] += 1
    st.rerun()


st.title(t("Import"), anchor=False)
st.caption(t("Bring your members and their visits. Importing the same file again changes nothing."))
round_number = st.session_state.setdefault("import_round", 0)
if "import_result" in st.session_state:
    result_card(st.session_state["import_result"])
choices = {**translated(KINDS), BULK: t("Visits, a large file")}
kind = st.segmented_control(
    t("What is in the file?"), list(choices), format_func=choices.__getitem__, default="members",
    required=True, key="import_kind",
)  # fmt: skip
if kind == BULK:
    bulk_visits()
else:
    needs(kind)
    example_button(kind)
    file = st.file_uploader(
        t("CSV file"), type="csv", key=f"import_file_{kind}_{round_number}",
        max_upload_size=MAX_MB,
    )  # fmt: skip
    if file is not None:
        bring_in(file.name, file.getvalue(), kind, key=file.file_id)
history()
