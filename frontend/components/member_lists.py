"""A member's latest visits and the mails they got."""

import pandas as pd
import streamlit as st

from frontend.components.paging import current_page, pager
from frontend.formats import as_moment, moment
from frontend.session import api
from frontend.texts import t

SIZE = 10


def visits_list(member_id: int, zone: str) -> None:
    key = f"visits_page_{member_id}"
    found = api.check_ins(member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        st.caption(t("No visit yet."))
        return
    rows = {
        "in": [moment(as_moment(row["check_in"], zone)) for row in found["items"]],
        "out": [moment(as_moment(row["check_out"], zone)) for row in found["items"]],
        "method": [(row["method"] or "").replace("_", " ").capitalize() for row in found["items"]],
    }
    names = {"in": t("In"), "out": t("Out"), "method": t("How")}
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=names, height="content",
        alt=t("Visits, newest first"),
    )  # fmt: skip
    pager(found["total"], SIZE, key=key, one="{n} visit", many="{n} visits")


def mails_list(member_id: int, zone: str) -> None:
    found = api.member_messages(member_id)
    if not found["total"]:
        st.caption(t("You have not written to this member yet."))
        return
    rows = {
        "subject": [mail["subject"] for mail in found["items"]],
        "state": [mail["state"].capitalize() for mail in found["items"]],
        "sent": [moment(as_moment(mail["sent_at"], zone)) for mail in found["items"]],
    }
    names = {"subject": t("Subject"), "state": t("State"), "sent": t("When")}
    st.dataframe(
        pd.DataFrame(rows), hide_index=True, column_config=names, alt=t("Mails to this member")
    )
