"""Bring a gym's own members and visits from CSV: look first, import then."""

import pandas as pd
import streamlit as st

from frontend.client import ApiError
from frontend.components.csv_import import (
    KINDS,
    ask_consent,
    choose_columns,
    dry_run,
    found,
    needs,
    result_card,
)
from frontend.components.trouble import refusal
from frontend.session import api
from frontend.texts import count, t


def history() -> None:
    """What came in before, newest first."""
    past = [entry for entry in api.imports()["items"] if not entry["dry_run"]]
    if not past:
        return
    st.subheader(t("Earlier imports"), anchor=False)
    rows = {
        "file": [entry["filename"] for entry in past],
        "kind": [KINDS.get(entry["kind"], entry["kind"]) for entry in past],
        "state": [entry["state"].capitalize() for entry in past],
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
        "duplicates": t("Double taps"),
        "errors": t("With a problem"),
    }
    st.dataframe(pd.DataFrame(rows), hide_index=True, column_config=names, alt=t("Earlier imports"))


st.title(t("Import"), anchor=False)
st.caption(t("Bring your members and the door log. Importing the same file again changes nothing."))
round_number = st.session_state.setdefault("import_round", 0)
if "import_result" in st.session_state:
    result_card(st.session_state["import_result"])
kind = st.segmented_control(
    t("What is in the file?"), list(KINDS), format_func=KINDS.__getitem__, default="members",
    required=True, key="import_kind",
)  # fmt: skip
needs(kind)
file = st.file_uploader(
    t("CSV file"), type="csv", max_upload_size=50, key=f"import_file_{kind}_{round_number}"
)
if file is not None:
    content = file.getvalue()
    mapping = choose_columns(file.name, content, kind, key=f"{file.file_id}")
    checked = dry_run(file.name, content, kind, mapping) if mapping is not None else None
    if checked:
        found(checked)
        basis = ask_consent(checked) if kind == "members" else None
        label = count(
            checked["loaded"], "Import {n} good row", "Import the {n} good rows"
        )  # fmt: skip
        if st.button(
            label, type="primary", icon=":material/upload:", disabled=not checked["loaded"],
            key="import_now",
        ):  # fmt: skip
            fields = {"kind": str(kind)}
            if mapping:
                fields["mapping"] = mapping
            if basis:
                fields["lawful_basis"] = basis
            try:
                with st.spinner(t("Importing…")):
                    done = api.upload(file.name, content, fields=fields, dry_run=False)
            except ApiError as error:
                refusal(error)
            else:
                st.session_state["import_result"] = done
                st.session_state["import_round"] += 1
                st.rerun()
history()
