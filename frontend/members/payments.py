"""What a member paid, and what was not collected."""

from functools import partial

import pandas as pd
import streamlit as st

from frontend.kit import session
from frontend.kit.api_types import MemberDetail
from frontend.kit.formats import as_date, as_moment, column_day, exact_money, moment, plain
from frontend.kit.i18n import mark, mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.kit.tables import write_numbers
from frontend.members import client as members_api

SIZE = 10
STATES = {"pending": mark("Due"), "paid": mark("Paid"), "failed": mark("Failed")}
COLOURS = ["orange", "green", "red"]


def payments_panel(member: MemberDetail, zone: str) -> None:
    currency = session.currency()
    total = plain(exact_money(member["spend"], currency))
    st.markdown(t("Paid so far: **{total}**", total=total))
    member_id = member["member_id"]
    key = f"payments_page_{member_id}"
    found = members_api.page_payments(member_id, page=current_page(key), size=SIZE)
    if not found["total"]:
        st.caption(t("No payment was asked for yet."))
        return
    rows = found["items"]
    config = st.column_config
    frame = pd.DataFrame(
        {
            "due": [as_date(row["due_on"]) for row in rows],
            "amount": [row["amount"] for row in rows],
            "state": [[t(STATES[row["state"]])] for row in rows],
            "tried": [moment(as_moment(row["attempted_at"], zone)) for row in rows],
            "for": [row["for_name"] or "" for row in rows],
            "why": [row["failure_reason"] or "" for row in rows],
        }
    )
    if not any(frame["for"]):
        frame = frame.drop(columns="for")
    st.dataframe(
        write_numbers(frame, amount=partial(exact_money, currency=currency)),
        hide_index=True, height="content", alt=t("Payments, newest first"),
        column_config={
            "due": config.DateColumn(t("Due on"), format=column_day(), width=110),
            "amount": config.NumberColumn(t("Amount"), width=105),
            "state": config.MultiselectColumn(
                t("State"), width=95, options=[t(state) for state in STATES.values()],
                color=COLOURS,
            ),
            "tried": config.TextColumn(t("Last attempt"), width=170),
            "for": config.TextColumn(t("Paid for"), width=140),
            "why": config.TextColumn(t("Why it failed")),
        },
    )  # fmt: skip
    pager(found["total"], SIZE, key=key, forms=mark_forms("{n} payment", "{n} payments"))
