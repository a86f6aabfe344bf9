"""The fields of a machine, for adding and for editing."""

from datetime import date
from typing import Any

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import EquipmentCategory, EquipmentItem, EquipmentStatus
from frontend.kit.formats import as_date, date_field
from frontend.kit.i18n import mark, t

CATEGORIES: dict[EquipmentCategory, str] = {
    "cardio": mark("Cardio"),
    "strength": mark("Strength"),
    "free_weights": mark("Free weights"),
    "functional": mark("Functional"),
    "other": mark("Other"),
}
STATUSES: dict[EquipmentStatus, str] = {
    "working": mark("Working"),
    "out_of_order": mark("Out of order"),
    "in_repair": mark("In repair"),
    "retired": mark("Retired"),
}
EARLIEST = date(1950, 1, 1)
_LONGEST = MAX_LENGTH["EquipmentCreate"]


def equipment_fields(known: EquipmentItem | None, *, today: date) -> dict[str, Any]:
    """Draws the fields inside a form and returns what is in them, empty ones as None."""
    key = f"equipment_{known['equipment_id'] if known else 'new'}"
    stored: dict[str, Any] = dict(known or {})
    left, right = st.columns(2)
    with left:
        name = _text(t("Name"), stored, "name", key)
        category = st.selectbox(
            t("Category"), list(CATEGORIES), format_func=lambda code: t(CATEGORIES[code]),
            index=list(CATEGORIES).index(stored["category"]) if known else None,
            placeholder=t("Choose one"), key=f"{key}_category",
        )  # fmt: skip
        status = st.selectbox(
            t("Status"), list(STATUSES), format_func=lambda code: t(STATUSES[code]),
            index=list(STATUSES).index(stored.get("status", "working")), key=f"{key}_status",
        )  # fmt: skip
    with right:
        location = _text(t("Location"), stored, "location", key)
        serial_number = _text(t("Serial number"), stored, "serial_number", key)
        purchased_on = st.date_input(
            t("Purchased on"), as_date(stored.get("purchased_on")), min_value=EARLIEST,
            max_value=today, format=date_field(), key=f"{key}_purchased_on",
        )  # fmt: skip
    notes = st.text_area(
        t("Notes"), stored.get("notes") or "", max_chars=_LONGEST["notes"], key=f"{key}_notes"
    )
    return {
        "name": name,
        "category": category,
        "status": status,
        "location": location,
        "serial_number": serial_number,
        "purchased_on": purchased_on.isoformat() if isinstance(purchased_on, date) else None,
        "notes": notes.strip() or None,
    }


def _text(label: str, stored: dict[str, Any], name: str, key: str) -> str | None:
    typed = st.text_input(
        label, stored.get(name) or "", max_chars=_LONGEST[name], key=f"{key}_{name}"
    )
    return typed.strip() or None
