"""One promotion: edited when the address names one, else added."""

from datetime import date
from typing import Any

import streamlit as st

from frontend.kit.api_limits import MAX, MAX_LENGTH
from frontend.kit.api_types import PromotionItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, date_field, plain
from frontend.kit.i18n import count, t
from frontend.kit.links import chosen_id
from frontend.kit.session import currency
from frontend.kit.toasts import toast_next
from frontend.kit.typed_numbers import NotUnderstood, example, read_amount
from frontend.members.fields import changed
from frontend.membership_plans import client as plans_api

ALL = "membership_plans/pages/plans.py"
LONGEST, HIGHEST = MAX_LENGTH["PromotionCreate"], MAX["PromotionCreate"]


def fields_of(known: PromotionItem | None) -> tuple[dict[str, Any], str]:
    """Draws the fields inside a form and returns what is in them, and the amount as it is typed."""
    key = f"promotion_{known['promotion_id'] if known else 'new'}"
    stored: dict[str, Any] = dict(known or {"terms": 1, "plan_ids": []})
    plans = {plan["plan_id"]: plan["name"] for plan in plans_api.list_all()}

    def text(label: str, name: str, **more: Any) -> str | None:
        typed = st.text_input(
            label, stored.get(name) or "", max_chars=LONGEST[name], key=f"{key}_{name}", **more
        )
        return typed.strip() or None

    def number(label: str, name: str, **more: Any) -> int | None:
        found: int | None = st.number_input(
            label, min_value=1, max_value=int(HIGHEST[name]), step=1, value=stored.get(name),
            key=f"{key}_{name}", **more,
        )  # fmt: skip
        return found

    def day(label: str, name: str) -> str | None:
        chosen = st.date_input(
            label, as_date(stored.get(name)), format=date_field(), key=f"{key}_{name}"
        )
        return chosen.isoformat() if isinstance(chosen, date) else None

    fields: dict[str, Any] = {}
    left, right = st.columns(2)
    with left:
        fields["code"] = text(
            t("Code"), "code", help=t("Upper and lower case letters are the same.")
        )
        fields["percent_off"] = number(t("Percent off"), "percent_off", placeholder=t("Or below"))
        amount = st.text_input(
            t("Amount off a term, {currency}", currency=currency().code),
            "" if stored.get("amount_off") is None
            else f"{stored['amount_off']:.{currency().decimals}f}",
            max_chars=30, key=f"{key}_amount_off", help=example(currency()),
        )  # fmt: skip
        fields["terms"] = number(t("For how many first terms"), "terms")
    with right:
        fields["name"] = text(t("Name"), "name")
        fields["valid_from"] = day(t("First day of selling with it"), "valid_from")
        fields["valid_until"] = day(t("Last day of it"), "valid_until")
        fields["max_uses"] = number(
            t("For how many members"), "max_uses", placeholder=t("no limit")
        )
    fields["plan_ids"] = sorted(
        st.multiselect(
            t("Plans"), list(plans), stored["plan_ids"], format_func=plans.__getitem__,
            placeholder=t("All of them"), key=f"{key}_plan_ids",
        )
    )  # fmt: skip
    fields["new_members_only"] = st.checkbox(
        t("Only for who never had a membership"), stored.get("new_members_only", False),
        key=f"{key}_new_members_only",
    )  # fmt: skip
    if known:
        fields["is_active"] = st.checkbox(
            t("In use"), known["is_active"], key=f"{key}_is_active",
            help=t("A promotion that is over stays with the members who joined with it."),
        )  # fmt: skip
    return fields, amount


def save(known: PromotionItem | None, fields: dict[str, Any], amount: str) -> None:
    if not fields["code"] or not fields["name"]:
        st.error(t("A promotion needs a code and a name."), icon=":material/error:")
        return
    try:
        fields["amount_off"] = (
            float(read_amount(amount, currency(), HIGHEST["amount_off"]))
            if amount.strip()
            else None
        )
        if known is None:
            given = {name: value for name, value in fields.items() if value is not None}
            plans_api.create_promotion(given)
        elif changes := changed(dict(known), fields):
            plans_api.update_promotion(known["promotion_id"], changes)
    except NotUnderstood as problem:
        st.error(plain(str(problem)), icon=":material/error:")
        return
    except ApiError as error:
        refusal(error)
        return
    toast_next(t("Saved: {name}", name=plain(fields["name"])))
    st.switch_page(ALL)


def delete_button(known: PromotionItem) -> None:
    with st.popover(t("Delete"), icon=":material/delete:"):
        st.markdown(t("For what was entered by mistake. What is over is taken out of use."))
        if st.button(t("Delete it"), type="primary", key="delete"):
            try:
                plans_api.delete_promotion(known["promotion_id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Deleted: {name}", name=plain(known["name"])))
            st.switch_page(ALL)


if st.button(t("All plans"), type="tertiary", icon=":material/arrow_back:", key="way_back"):
    st.switch_page(ALL)
known = plans_api.read_promotion(chosen_id()) if "id" in st.query_params else None
st.title(plain(known["name"]) if known else t("Add a promotion"), anchor=False)
if known:
    st.caption(count(known["uses"], "Used by {n} member", "Used by {n} members"))
with st.form("promotion"):
    fields, amount = fields_of(known)
    is_pressed = st.form_submit_button(t("Save"), type="primary", icon=":material/check:")
if is_pressed:
    save(known, fields, amount)
if known:
    delete_button(known)
