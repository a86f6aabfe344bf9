"""Who changed what, when and from where; the address keeps what was asked for."""

from datetime import datetime
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from frontend.audit_log import client as audit_api
from frontend.audit_log.parts import ENTRIES, entry
from frontend.audit_log.words import ACTIONS, name_noun
from frontend.kit import session
from frontend.kit.errors import nothing_here
from frontend.kit.formats import date_field
from frontend.kit.i18n import t, translated
from frontend.kit.lists import PAGE, choose, is_narrowed, title_row
from frontend.kit.paging import current_page, pager

SIZE = 15
HERE = "audit_log/pages/audit_log.py"


def filters() -> dict[str, Any]:
    choices = audit_api.read_choices()
    today = datetime.now(ZoneInfo(session.timezone())).date()
    with st.container(horizontal=True, vertical_alignment="bottom"):
        noun = choose(
            t("What"), {one: name_noun(one) for one in choices["nouns"]},
            otherwise=t("Everything"), key="noun",
        )  # fmt: skip
        user = choose(
            t("Who"), {str(one["user_id"]): one["name"] for one in choices["users"]},
            otherwise=t("Everybody"), key="user_id",
        )  # fmt: skip
        with st.popover(t("Filters"), icon=":material/tune:"):
            action = choose(
                t("What was done"), translated(ACTIONS), otherwise=t("Anything"), key="action"
            )
            days = {
                name: st.date_input(
                    label, None, max_value=today, format=date_field(), key=name, width=260,
                    bind="query-params", on_change=_first_page,
                )
                for name, label in (("from", t("From")), ("to", t("Until")))
            }  # fmt: skip
    chosen = {"noun": noun, "user_id": user, "action": action, **days}
    return {name: value for name, value in chosen.items() if value}


def _first_page() -> None:
    st.session_state[PAGE] = 1


def export_button(wanted: dict[str, Any]) -> None:
    st.download_button(
        t("Export"), partial(audit_api.read_file, api=session.for_later(), **wanted),
        file_name="audit-log.csv", mime="text/csv", icon=":material/download:",
        on_click="ignore", key="export", help=t("As CSV, as filtered here"),
    )  # fmt: skip


with title_row(t("Audit log")):
    place = st.container(width="content")
wanted = filters()
with place:
    export_button(wanted)
found = audit_api.page(**wanted, page=current_page(PAGE), size=SIZE)
if found["total"]:
    for item in found["items"]:
        entry(item, back=HERE)
    pager(found["total"], SIZE, key=PAGE, forms=ENTRIES, bound=True)
elif is_narrowed(wanted):
    nothing_here(t("Nothing matches"), t("Nothing was done that fits the filters."))
else:
    nothing_here(
        t("Nothing was changed yet"),
        t("Whatever people and jobs change from now on is listed here."),
        icon=":material/history:",
    )
