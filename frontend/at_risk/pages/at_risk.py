"""Who is slipping away, why, and what to do about it."""

from typing import Any

import streamlit as st

from frontend.analytics import client as analytics_api
from frontend.at_risk import client as at_risk_api
from frontend.at_risk.table import at_risk_table
from frontend.campaigns.campaign_progress import campaign_under_way
from frontend.campaigns.compose import compose_if_open, open_compose
from frontend.campaigns.selection import Selection, selection
from frontend.kit import session
from frontend.kit.api_types import AtRiskPage, TabChoice, Tabs
from frontend.kit.client import ApiError
from frontend.kit.errors import nothing_here, refusal
from frontend.kit.formats import Currency, money, plain, whole
from frontend.kit.freshness import as_of_note
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.paging import current_page, pager, pages_of
from frontend.membership_plans import client as plans_api

SIZE = 12
TABS: dict[TabChoice, str] = {
    "drifting": t("Drifting"),
    "gone": t("Gone"),
    "not_started": t("Not started"),
    "all": t("All"),
}
SORTS = {
    "-saveable": t("What can still be saved"),
    "-yearly_value": t("Worth most a year"),
    "-inactive_days": t("Longest away"),
    "name": t("Name"),
}


def filters() -> dict[str, Any]:
    """The row of search and filters. Its result also defines 'all that match'."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        search = st.text_input(
            t("Search"), placeholder=t("Name, number or email"), type="search", live=True,
            key="risk_search", width=230, icon=":material/search:", persist_state="session",
        )  # fmt: skip
        sort = st.selectbox(
            t("Sort by"), list(SORTS), format_func=SORTS.__getitem__, key="risk_sort", width=230,
            help=t("What can still be saved: the risk, the chance that they return at all, and "
                   "what they are worth, taken together"),
        )  # fmt: skip
        with st.popover(t("Filters"), icon=":material/tune:"):
            plans = {plan["plan_id"]: plan["name"] for plan in plans_api.list_all()}
            plan_id = st.selectbox(
                t("Plan"), list(plans), index=None, format_func=plans.__getitem__,
                placeholder=t("All plans"), key="risk_plan", width=260,
            )  # fmt: skip
            reasons = {r["code"]: r["label"] for r in analytics_api.read_overview()["reasons"]}
            reason = st.selectbox(
                t("Reason"), list(reasons), index=None, format_func=reasons.__getitem__,
                placeholder=t("Any reason"), key="risk_reason", width=260,
            )  # fmt: skip
    return {"search": search, "plan_id": plan_id, "reason": reason, "sort": sort}


def open_tab(chosen: dict[str, Any]) -> str:
    """The tab in view: at first the first one that has somebody."""
    if "risk_tab" not in st.session_state:
        tabs = at_risk_api.page(**chosen, tab="drifting", page=1, size=SIZE)["tabs"]
        first = next((tab for tab in TABS if tabs[tab]), "drifting")
        st.session_state["risk_tab"] = first
    return str(st.session_state["risk_tab"])


def choose_tab(tabs: Tabs) -> None:
    labels: dict[str, str] = {tab: f"{name} {whole(tabs[tab])}" for tab, name in TABS.items()}
    st.segmented_control(
        t("Which members"),
        labels,
        format_func=labels.__getitem__,
        required=True,
        key="risk_tab",
        label_visibility="collapsed",
    )


def nobody(wanted: dict[str, Any], tabs: Tabs) -> None:
    """Why the list is empty; good news only where all lists are."""
    others = tabs["all"]
    if others:
        text = count(others, "{n} member is at risk in another list.",
                     "{n} members are at risk in the other lists.")  # fmt: skip
        nothing_here(t("Nobody in this list today"), text, icon=":material/person_check:")
    elif wanted["search"] or wanted["plan_id"] or wanted["reason"]:
        nothing_here(t("Nobody matches"), t("No member at risk fits the search and filters."))
    elif not analytics_api.read_overview()["active_members"]:
        nothing_here(
            t("No members yet"), t("Import your members and their visits first."),
            icon=":material/group:", way_on=(t("Import members"), "imports/pages/imports.py"),
        )  # fmt: skip
    else:
        text = t("No member is at risk. Nice work.")
        nothing_here(t("Nobody here today"), text, icon=":material/sentiment_satisfied:")


def choose_all(found: AtRiskPage, picked: Selection, wanted: dict[str, Any]) -> None:
    """Offers everybody who matches, not just the page in view."""
    label = count(found["total"], "Select {n} that matches", "Select all {n} that match")
    if st.button(label, type="tertiary", icon=":material/select_all:", key="risk_all"):
        try:
            answer = at_risk_api.list_ids(**{k: v for k, v in wanted.items() if k != "sort"})
        except ApiError as error:
            refusal(error)
            return
        picked.choose_all(answer["member_ids"], found["yearly_value"])
        st.rerun()


def action_bar(picked: Selection, currency: Currency) -> None:
    with (
        st.bottom,
        st.container(
            horizontal=True, horizontal_alignment="distribute", vertical_alignment="center",
            border=True, key="risk_actions",
        ),
    ):  # fmt: skip
        parts = [count(len(picked), "**{n} selected**", "**{n} selected**")]
        if picked.yearly_value:
            parts.append(t("{value} a year", value=plain(money(picked.yearly_value, currency))))
        st.markdown(" · ".join(parts))
        with st.container(horizontal=True, width="content", vertical_alignment="center"):
            if st.button(t("Clear"), type="tertiary", key="risk_clear"):
                picked.clear()
                st.rerun()
            label = count(len(picked), "Email {n} member", "Email {n} members")
            st.button(
                label, type="primary", icon=":material/mail:", key="risk_email",
                on_click=open_compose, args=(picked.ids,), kwargs={"in_bulk": picked.is_bulk},
            )  # fmt: skip


zone = session.timezone()
st.title(t("Members at risk"), anchor=False)
campaign_under_way()
picked = selection()
chosen = filters()
wanted = {**chosen, "tab": open_tab(chosen)}
page_key = f"risk_page_{hash(tuple(wanted.items()))}"
page = current_page(page_key)
found = at_risk_api.page(**wanted, page=page, size=SIZE)
as_of_note(found["as_of"], found["as_of_is_live"], zone)
with st.container(horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"):
    choose_tab(found["tabs"])
    if found["total"]:
        choose_all(found, picked, wanted)
if not found["total"]:
    nobody(wanted, found["tabs"])
else:
    heading = count(found["total"], "**{n}** member", "**{n}** members")
    if found["yearly_value"]:
        value = plain(money(found["yearly_value"], session.currency()))
        heading = t("{who} · **{value}** a year at stake", who=heading, value=value)
    with st.container(
        horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
    ):
        st.markdown(heading, width="content")
        if not picked:
            st.caption(t("Tick members to write to them."), width="content")
    last = pages_of(found["total"], SIZE)
    key = f"risk_table_{picked.version}_{page_key}_{min(page, last)}"
    at_risk_table(found["items"], picked, currency=session.currency(), zone=zone, key=key)
    pager(found["total"], SIZE, key=page_key, forms=mark_forms("{n} member", "{n} members"))
if picked:
    action_bar(picked, session.currency())
compose_if_open(tab=wanted["tab"])
