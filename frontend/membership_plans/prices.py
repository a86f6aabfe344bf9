"""What a plan cost, costs and will cost."""

from datetime import date, timedelta

import streamlit as st

from frontend.kit.api_limits import MAX
from frontend.kit.api_types import PlanItem, PriceItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, date_field, day, exact_money, plain
from frontend.kit.i18n import t
from frontend.kit.session import currency
from frontend.kit.toasts import toast_next
from frontend.kit.typed_numbers import NotUnderstood, example, read_amount
from frontend.membership_plans import client as plans_api
from frontend.membership_plans.price_moves import price_moves_panel


def prices_panel(plan: PlanItem, today: date) -> None:
    prices = plans_api.list_prices(plan["plan_id"])
    st.caption(t("Who joins pays the price of their first day, and keeps it whatever comes later."))
    if not prices:
        price = exact_money(plan["price"], currency())
        st.markdown(plain(t("{price}, unchanged since the plan was added.", price=price)))
    current = next((one for one in prices if one["starts_on"] <= str(today)), None)
    for one in prices:
        _line(plan, one, is_current=one is current, is_coming=one["starts_on"] > str(today))
    _change(plan, today)
    price_moves_panel(plan, today)


def _line(plan: PlanItem, price: PriceItem, *, is_current: bool, is_coming: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=is_current):
        amount = plain(exact_money(price["price"], currency()))
        since = plain(t("from {day}", day=day(as_date(price["starts_on"]))))
        st.markdown(f"**{amount}** {since}", width="content")
        if is_current:
            st.badge(t("today"), color="green")
        if is_coming and st.button(
            t("Withdraw"), icon=":material/undo:", key=f"withdraw_{price['price_id']}"
        ):
            try:
                plans_api.withdraw_price(plan["plan_id"], price["price_id"])
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("The change of price is withdrawn."))
            st.rerun()


def _change(plan: PlanItem, today: date) -> None:
    with (
        st.popover(t("Change the price"), icon=":material/event_upcoming:"),
        st.form("change_price", border=False),
    ):
        tomorrow = today + timedelta(days=1)
        starts_on = st.date_input(
            t("From"), tomorrow, min_value=tomorrow, format=date_field(), key="price_from"
        )
        typed = st.text_input(
            t("Price per term, {currency}", currency=currency().code), max_chars=30,
            key="price_new", help=example(currency()),
        )  # fmt: skip
        if not st.form_submit_button(t("Plan the change"), type="primary"):
            return
        try:
            price = float(read_amount(typed, currency(), MAX["PriceCreate"]["price"]))
            fields = {"starts_on": str(starts_on), "price": price}
            plans_api.change_price(plan["plan_id"], fields)
        except NotUnderstood as problem:
            st.error(plain(str(problem)), icon=":material/error:")
            return
        except ApiError as error:
            refusal(error)
            return
        toast_next(t("The price will change."))
        st.rerun()
