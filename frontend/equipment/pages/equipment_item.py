"""One machine: edited when the address names one, else added."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.equipment import client as equipment_api
from frontend.equipment.fields import equipment_fields
from frontend.kit import session
from frontend.kit.api_types import EquipmentItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import plain
from frontend.kit.i18n import t
from frontend.kit.links import chosen_id
from frontend.kit.toasts import toast_next
from frontend.members.fields import changed

ALL = "equipment/pages/equipment.py"


def save(known: EquipmentItem | None, fields: dict[str, Any]) -> None:
    if not fields["name"] or not fields["category"]:
        st.error(t("A machine needs a name and a category."), icon=":material/error:")
        return
    try:
        if known is None:
            given = {name: value for name, value in fields.items() if value is not None}
            equipment_api.create(given)
        elif changes := changed(dict(known), fields):
            equipment_api.update(known["equipment_id"], changes)
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved: {name}", name=plain(fields["name"])))
    st.switch_page(ALL)


def delete_button(known: EquipmentItem) -> None:
    with st.popover(t("Delete"), icon=":material/delete:"):
        st.markdown(t("For what was entered by mistake. What you no longer use is retired."))
        if st.button(t("Delete it"), type="primary", key="delete"):
            try:
                equipment_api.delete(known["equipment_id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Deleted: {name}", name=plain(known["name"])))
            st.switch_page(ALL)


if st.button(t("All equipment"), type="tertiary", icon=":material/arrow_back:", key="way_back"):
    st.switch_page(ALL)
known = equipment_api.read(chosen_id()) if "id" in st.query_params else None
st.title(plain(known["name"]) if known else t("Add equipment"), anchor=False)
today = datetime.now(ZoneInfo(session.timezone())).date()
with st.form("equipment"):
    fields = equipment_fields(known, today=today)
    is_pressed = st.form_submit_button(
        t("Save"),
        type="primary",
        icon=":material/check:",
        disabled=not session.may("edit_equipment"),
    )
if is_pressed:
    save(known, fields)
if known and session.may("edit_equipment"):
    delete_button(known)
