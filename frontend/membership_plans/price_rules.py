"""For whom a plan costs less: a line for each rule, and a form for one more."""

from datetime import date

import streamlit as st

from frontend.kit.api_limits import MAX, MAX_LENGTH
from frontend.kit.api_types import PlanItem, PriceRuleItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, date_field, exact_money, plain, short_day, whole
from frontend.kit.i18n import t
from frontend.kit.session import currency
from frontend.kit.toasts import toast_next
from frontend.kit.typed_numbers import NotUnderstood, example, read_amount
from frontend.membership_plans import client as plans_api

LONGEST, HIGHEST = MAX_LENGTH["PriceRuleCreate"], MAX["PriceRuleCreate"]


def price_rules_panel(plan: PlanItem) -> None:
    st.caption(
        t(
            "Who joins pays the price of the rule that is best for them, and keeps it. A promotion"
            " counts in its place where that is cheaper, or lowers it further where you say so."
        )
    )
    for rule in plans_api.list_price_rules(plan["plan_id"]):
        _line(plan, rule)
    _add(plan)


def _line(plan: PlanItem, rule: PriceRuleItem) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        text = t("**{name}**: {price}, {who}", name=plain(rule["name"]),
                 price=plain(_describe_price(rule)), who=plain(_describe_who(rule)))  # fmt: skip
        st.markdown(text, width="content")
        if rule["combines"]:
            st.badge(t("and promotions"), color="blue")
        if st.button(t("Delete"), icon=":material/delete:", key=f"delete_rule_{rule['rule_id']}"):
            try:
                plans_api.delete_price_rule(plan["plan_id"], rule["rule_id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Deleted: {name}", name=plain(rule["name"])))
            st.rerun()


def _describe_price(rule: PriceRuleItem) -> str:
    if rule["percent_off"] is not None:
        return t("{n} % off", n=whole(rule["percent_off"]))
    return exact_money(rule["price"] or 0, currency())


def _describe_who(rule: PriceRuleItem) -> str:
    """Each condition in a few words."""
    parts = []
    first, last = as_date(rule["joins_from"]), as_date(rule["joins_until"])
    if first:
        parts.append(t("from {day}", day=short_day(first)))
    if last:
        parts.append(t("until {day}", day=short_day(last)))
    if rule["min_age"] is not None:
        parts.append(t("{n} years or older", n=rule["min_age"]))
    if rule["max_age"] is not None:
        parts.append(t("{n} years or younger", n=rule["max_age"]))
    if rule["further_only"]:
        parts.append(t("not the first of a household"))
    return ", ".join(parts)


def _add(plan: PlanItem) -> None:
    with (
        st.popover(t("Add a rule"), icon=":material/add:"),
        st.form("add_price_rule", border=False),
    ):
        name = st.text_input(
            t("Name"), max_chars=LONGEST["name"], placeholder=t("Students"), key="rule_name"
        )
        left, right = st.columns(2)
        with left:
            percent = _number(t("Percent off"), "percent_off", placeholder=t("Or a price"))
            joins_from = _day(t("Joins from"), "joins_from")
            min_age = _number(t("Youngest"), "min_age", least=0)
        with right:
            price = st.text_input(
                t("Price per term, {currency}", currency=currency().code), max_chars=30,
                key="rule_price", help=example(currency()),
            )  # fmt: skip
            joins_until = _day(t("Joins until"), "joins_until")
            max_age = _number(t("Oldest"), "max_age", least=0)
        further_only = st.checkbox(
            t("Only for the second and further ones of a household"), key="rule_further_only"
        )
        combines = st.checkbox(t("Promotions lower this price further"), key="rule_combines")
        if not st.form_submit_button(t("Add it"), type="primary"):
            return
        try:
            fields = {
                "name": name.strip(),
                "percent_off": percent,
                "price": float(read_amount(price, currency(), HIGHEST["price"]))
                if price.strip()
                else None,
                "joins_from": joins_from,
                "joins_until": joins_until,
                "min_age": min_age,
                "max_age": max_age,
                "further_only": further_only,
                "combines": combines,
            }
            plans_api.create_price_rule(plan["plan_id"], fields)
        except NotUnderstood as problem:
            st.error(plain(str(problem)), icon=":material/error:")
            return
        except ApiError as error:
            refusal(error)
            return
        toast_next(t("Saved: {name}", name=plain(name)))
        st.rerun()


def _number(label: str, field: str, *, least: int = 1, placeholder: str = "") -> int | None:
    found: int | None = st.number_input(
        label, min_value=least, max_value=int(HIGHEST[field]), step=1, value=None,
        key=f"rule_{field}", placeholder=placeholder or t("any"),
    )  # fmt: skip
    return found


def _day(label: str, field: str) -> str | None:
    chosen = st.date_input(label, None, format=date_field(), key=f"rule_{field}")
    return chosen.isoformat() if isinstance(chosen, date) else None
