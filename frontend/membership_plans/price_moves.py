"""Members keep their price when the plan's changes; here they are moved to it."""

from collections.abc import Iterable
from datetime import date, timedelta

import streamlit as st

from frontend.kit.api_types import PlanItem, PriceMoveGroup, PriceMoveItem, StaysBecause
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, date_field, exact_money, plain, short_day
from frontend.kit.i18n import count, mark_forms, t
from frontend.kit.session import currency, may
from frontend.kit.toasts import toast_next
from frontend.membership_plans import client as plans_api

_OPEN = "price_moves"
STAYING: dict[StaysBecause, tuple[str, str]] = {
    "pays_it": mark_forms("{n} member pays it already.", "{n} members pay it already."),
    "ends": mark_forms(
        "{n} membership ends and has no next term.", "{n} memberships end and have no next term."
    ),
    "other_length": mark_forms(
        "{n} membership has terms of another length than the plan has now; change its plan"
        " instead.",
        "{n} memberships have terms of another length than the plan has now; change their plan"
        " instead.",
    ),
    "no_terms": mark_forms(
        "Of {n} membership no terms are known, so it cannot be moved.",
        "Of {n} memberships no terms are known, so they cannot be moved.",
    ),
}


def price_moves_panel(plan: PlanItem, today: date) -> None:
    if not may("edit_plans"):
        return
    moves = plans_api.read_price_moves(plan["plan_id"], today)
    if moves["to_come"]:
        with st.container(border=True):
            st.markdown(t("**Moves to come**"))
            for group in moves["to_come"]:
                st.markdown(plain(_describe(group)))
            if st.button(t("Let them keep their price"), icon=":material/undo:"):
                _withdraw(plan)
    st.button(
        t("Move members to a price"), icon=":material/moving:", on_click=_open,
        args=(plan["plan_id"],),
    )  # fmt: skip
    if st.session_state.get(_OPEN) == plan["plan_id"]:
        title = t("Members of {plan}", plan=plain(plan["name"]))
        st.dialog(title, icon=":material/moving:", on_dismiss=_close)(_dialog)(plan, today)


def _open(plan_id: int) -> None:
    st.session_state[_OPEN] = plan_id


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _dialog(plan: PlanItem, today: date) -> None:
    starts_on = st.date_input(
        t("From the first term that begins on this day or later"), today, min_value=today,
        max_value=today + timedelta(days=366), format=date_field(), key="moves_from",
    )  # fmt: skip
    try:
        moves = plans_api.read_price_moves(plan["plan_id"], starts_on)
    except ApiError as error:
        refusal(error)
        return
    price = plain(exact_money(moves["price"], currency()))
    if not moves["members"]:
        st.info(t("Nobody would pay anything else than today: the price is {price}.", price=price))
        _staying((one["because"], one["members"]) for one in moves["staying"])
        return
    for group in moves["groups"]:
        st.markdown(plain(_describe(group)))
    names = {one["membership_id"]: _name(one) for one in moves["listed"]}
    chosen = st.multiselect(
        t("Only these"), list(names), format_func=names.__getitem__,
        placeholder=t("All of them"), key="moves_only",
    )  # fmt: skip
    _staying((one["because"], one["members"]) for one in moves["staying"])
    number = len(chosen) or moves["members"]
    label = count(number, "Move {n} member", "Move {n} members")
    if st.button(label, type="primary", icon=":material/check:", key="moves_do"):
        _move(plan, starts_on, chosen)


def _describe(group: PriceMoveGroup) -> str:
    values = {
        "before": exact_money(group["price_before"], currency()),
        "price": exact_money(group["price"], currency()),
        "first": short_day(as_date(group["first_day"])),
        "last": short_day(as_date(group["last_day"])),
    }
    if group["first_day"] == group["last_day"]:
        return count(
            group["members"],
            "{n} member: from {before} to {price}, on {first}",
            "{n} members: from {before} to {price}, on {first}",
            **values,
        )
    return count(
        group["members"],
        "{n} member: from {before} to {price}, between {first} and {last}",
        "{n} members: from {before} to {price}, between {first} and {last}",
        **values,
    )


def _name(one: PriceMoveItem) -> str:
    price, day = exact_money(one["price_before"], currency()), short_day(as_date(one["starts_on"]))
    return f"{one['member_name']} · {price} · {day}"


def _staying(groups: Iterable[tuple[StaysBecause, int]]) -> None:
    for because, members in groups:
        st.caption(count(members, *STAYING[because]))


def _move(plan: PlanItem, starts_on: date, chosen: list[int]) -> None:
    fields = {"starts_on": str(starts_on)} | ({"membership_ids": chosen} if chosen else {})
    try:
        done = plans_api.move_to_price(plan["plan_id"], fields)
    except ApiError as error:
        refusal(error)
        return
    _close()
    toast_next(count(done["changed"], "{n} member is moved.", "{n} members are moved."))
    st.rerun()


def _withdraw(plan: PlanItem) -> None:
    try:
        done = plans_api.withdraw_price_moves(plan["plan_id"])
    except ApiError as error:
        refusal(error)
        return
    toast_next(
        count(done["changed"], "{n} member keeps their price.", "{n} members keep their price.")
    )
    st.rerun()
