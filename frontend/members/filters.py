"""The filters of the list of members: in the address, and as the API and audiences have them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import streamlit as st

from frontend.kit.api_types import MemberFilter
from frontend.kit.formats import as_date, date_field, month_name
from frontend.kit.i18n import mark, t, translated
from frontend.kit.lists import choose, first_page
from frontend.members import client as members_api
from frontend.members.words import SEGMENTS, STANDINGS, STATUSES
from frontend.membership_plans import client as plans_api

RISKS = {
    "all": mark("At risk"),
    "drifting": mark("Drifting"),
    "gone": mark("Gone"),
    "not_started": mark("Not started"),
}
CAME = {"never": mark("Never came"), "came": mark("Came at least once")}
EARLIEST = date(1900, 1, 1)
PAYERS = {"payers": mark("Pay for a household"), "others": mark("Pay for no household")}
DEBTS = {"owing": mark("Not paid"), "paid": mark("Nothing owed")}
_KEYS = {
    "search": "search",
    "standing": "standing",
    "status": "status",
    "plan_id": "members_plan",
    "segment": "segment",
    "tag": "tag",
    "at_risk": "risk",
    "never_came": "came",
    "last_visit_from": "last_visit_from",
    "last_visit_until": "last_visit_until",
    "joined_from": "joined_from",
    "joined_until": "joined_until",
    "birth_month": "birth_month",
    "pays_for_household": "payers",
    "owes": "debt",
}
"""The widget of each field, whose name stands in the address."""


def draw_filters() -> dict[str, Any]:
    """Inside of `search_row`; what is not chosen is None."""
    # What an address holds is text, so keys of rows are chosen as text as well.
    plans = {str(plan["plan_id"]): plan["name"] for plan in plans_api.list_all()}
    tags = {tag["name"]: tag["name"] for tag in members_api.list_tags()}
    months = {str(number): month_name(date(2000, number, 1)) for number in range(1, 13)}
    left, right = st.columns(2, width=540)
    with left:
        standing = choose(t("Who"), _standings(), otherwise=t("Members only"), key="standing")
        status = choose(t("Status"), translated(STATUSES), otherwise=t("Any status"), key="status")
        plan = choose(t("Plan"), plans, otherwise=t("All plans"), key="members_plan")
        tag = choose(t("Tag"), tags, otherwise=t("Any tag"), key="tag")
        came = choose(t("Visits"), translated(CAME), otherwise=t("Any"), key="came")
        last_from = _day(t("Last visit from"), "last_visit_from")
        joined_from = _day(t("Joined from"), "joined_from")
    with right:
        risk = choose(t("Risk"), translated(RISKS), otherwise=t("Any risk"), key="risk")
        segment = choose(
            t("Value segment"), translated(SEGMENTS), otherwise=t("Any segment"), key="segment"
        )
        month = choose(t("Birthday in"), months, otherwise=t("Any month"), key="birth_month")
        payers = choose(t("Household"), translated(PAYERS), otherwise=t("Anybody"), key="payers")
        debt = choose(t("Payment"), translated(DEBTS), otherwise=t("Any"), key="debt")
        last_until = _day(t("Last visit until"), "last_visit_until")
        joined_until = _day(t("Joined until"), "joined_until")
    return {
        "standing": standing,
        "status": status,
        "plan_id": int(plan) if plan else None,
        "tag": tag,
        "never_came": None if came is None else came == "never",
        "last_visit_from": last_from,
        "last_visit_until": last_until,
        "joined_from": joined_from,
        "joined_until": joined_until,
        "at_risk": risk,
        "segment": segment,
        "birth_month": int(month) if month else None,
        "pays_for_household": None if payers is None else payers == "payers",
        "owes": None if debt is None else debt == "owing",
    }


def _standings() -> dict[str, str]:
    """Members are listed unasked, and merged ones never."""
    return {key: t(word) for key, word in STANDINGS.items() if key not in ("member", "merged")}


def to_filter(wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What was chosen, as an audience keeps it: without the order, and what is not chosen."""
    return {
        name: value for name, value in wanted.items() if name in _KEYS and value not in (None, "")
    }


def apply_filter(chosen: MemberFilter) -> None:
    """In a callback: the widgets show this filter, and nothing else."""
    for name, key in _KEYS.items():
        st.session_state[key] = _as_widget(name, chosen.get(name))
    first_page()


def _as_widget(name: str, value: Any) -> Any:
    if name == "search":
        return value or ""
    if value is None:
        return None
    if name == "never_came":
        return "never" if value else "came"
    if name == "pays_for_household":
        return "payers" if value else "others"
    if name == "owes":
        return "owing" if value else "paid"
    if name in ("plan_id", "birth_month"):
        return str(value)
    if name.endswith(("_from", "_until")):
        return as_date(value)
    return value


def _day(label: str, key: str) -> str | None:
    chosen = st.date_input(
        label, None, min_value=EARLIEST, format=date_field(), key=key, width=260,
        bind="query-params", on_change=first_page,
    )  # fmt: skip
    return chosen.isoformat() if isinstance(chosen, date) else None
