"""Promotions in a list: their code, what it takes off, and how often it was used."""

import pandas as pd
import streamlit as st

from frontend.kit.api_types import PromotionItem
from frontend.kit.errors import nothing_here
from frontend.kit.formats import as_date, exact_money, short_day, whole
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.paging import current_page, pager
from frontend.kit.session import currency
from frontend.membership_plans import client as plans_api

SIZE = 20
PAGE = "promotions_page"
ONE = "membership_plans/pages/promotion.py"


def promotions_panel(plan_names: dict[int, str]) -> None:
    if st.button(t("Add a promotion"), icon=":material/add:", key="add_promotion"):
        st.switch_page(ONE)
    found = plans_api.page_of_promotions(page=current_page(PAGE), size=SIZE)
    if not found["total"]:
        nothing_here(
            t("No promotion yet"), t("With a code whoever joins pays less for their first terms."),
            icon=":material/local_offer:",
        )  # fmt: skip
        return
    _table(found["items"], plan_names)
    forms = mark_forms("{n} promotion", "{n} promotions")
    pager(found["total"], SIZE, key=PAGE, forms=forms, bound=True)


def _table(promotions: list[PromotionItem], plan_names: dict[int, str]) -> None:
    config = st.column_config

    def open_one() -> None:
        chosen = promotions[st.session_state["promotion_open"].row]
        st.switch_page(ONE, query_params={"id": str(chosen["promotion_id"])})

    frame = pd.DataFrame(
        {
            "code": [one["code"] for one in promotions],
            "name": [one["name"] for one in promotions],
            "off": [describe_discount(one) for one in promotions],
            "valid": [_describe_days(one) for one in promotions],
            "uses": [_describe_uses(one) for one in promotions],
            "is_active": [one["is_active"] for one in promotions],
            "plans": [
                [plan_names.get(plan_id, str(plan_id)) for plan_id in one["plan_ids"]]
                for one in promotions
            ],
        }
    )
    st.dataframe(
        frame,
        hide_index=True,
        row_height=40,
        height="content",
        alt=t("Promotions"),
        placeholder="–",
        column_config={
            "code": config.ButtonColumn(
                t("Code"), key="promotion_open", on_click=open_one, type="tertiary",
                alignment="left", width=130, pinned=True,
            ),
            "name": config.TextColumn(t("Name"), width=150),
            "off": config.TextColumn(t("Takes off"), width=200),
            "valid": config.TextColumn(t("Valid"), width=190),
            "uses": config.TextColumn(t("Used by"), width=90),
            "is_active": config.CheckboxColumn(t("In use"), width=80),
            "plans": config.ListColumn(t("Plans")),
        },
    )  # fmt: skip


def describe_discount(one: PromotionItem) -> str:
    if one["percent_off"] is not None:
        off = t("{n} %", n=whole(one["percent_off"]))
    else:
        off = exact_money(one["amount_off"] or 0, currency())
    return count(one["terms"], "{off}, first term", "{off}, first {n} terms", off=off)


def _describe_days(one: PromotionItem) -> str:
    first, last = (short_day(as_date(one[name])) for name in ("valid_from", "valid_until"))
    if one["valid_from"] and one["valid_until"]:
        return t("{first} to {last}", first=first, last=last)
    if one["valid_from"]:
        return t("from {day}", day=first)
    return t("until {day}", day=last) if one["valid_until"] else ""


def _describe_uses(one: PromotionItem) -> str:
    if one["max_uses"] is None:
        return whole(one["uses"])
    return t("{n} of {most}", n=whole(one["uses"]), most=whole(one["max_uses"]))
