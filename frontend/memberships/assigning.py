"""A member is put on a plan, and sees before what it costs."""

from datetime import date

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import QuoteItem
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import date_field, exact_money, plain
from frontend.kit.i18n import count, t
from frontend.kit.session import currency
from frontend.memberships import client as memberships_api
from frontend.memberships.dialogs import attempt, label_plans

_OPEN = "assign_plan"


def assign_button(member_id: int, first_day: date) -> None:
    st.button(
        t("Assign a plan"), icon=":material/add_card:", on_click=_open, args=(member_id,),
        key="assign",
    )  # fmt: skip
    if st.session_state.get(_OPEN) == member_id:
        draw = st.dialog(t("Assign a plan"), icon=":material/add_card:", on_dismiss=_close)(_dialog)
        draw(member_id, first_day)


def _open(member_id: int) -> None:
    st.session_state[_OPEN] = member_id


def _close() -> None:
    st.session_state.pop(_OPEN, None)


def _dialog(member_id: int, first_day: date) -> None:
    labels = label_plans()
    if not labels:
        st.caption(t("There is no plan to assign yet. Make one under Plans."))
        return
    plan_id = st.selectbox(
        t("Plan"), list(labels), format_func=labels.__getitem__, key="assign_what"
    )
    left, right = st.columns(2)
    starts_on = left.date_input(t("First day"), first_day, format=date_field())
    code = right.text_input(
        t("Code of a promotion"), max_chars=MAX_LENGTH["MembershipCreate"]["code"],
        placeholder=t("Optional"), key="assign_code",
    ).strip()  # fmt: skip
    try:
        _show(memberships_api.read_quote(plan_id, member_id, starts_on, code or None))
    except ApiError as error:
        refusal(error)
        return
    if st.button(t("Assign"), type="primary", icon=":material/check:"):
        fields = {"member_id": member_id, "plan_id": plan_id, "starts_on": str(starts_on)}
        given = fields | ({"code": code} if code else {})
        attempt(lambda: _assign(given), t("Plan assigned"))


def _assign(fields: dict[str, object]) -> None:
    memberships_api.create(fields)
    _close()


def _show(quote: QuoteItem) -> None:
    """Step by step; the last line is what is paid first."""
    with st.container(border=True):
        lines = [(step["text"], step["amount"]) for step in quote["steps"]]
        if len(lines) > 1:
            lines.append((t("To pay for the first term"), quote["price"]))
        for text, amount in lines:
            with st.container(horizontal=True, horizontal_alignment="distribute"):
                st.markdown(plain(text), width="content")
                st.markdown(f"**{plain(exact_money(amount, currency()))}**", width="content")
        if quote["first_terms"]:
            later = exact_money(quote["later_price"], currency())
            st.caption(
                plain(
                    count(
                        quote["first_terms"],
                        "{n} term costs this much; each one after it {later}.",
                        "{n} terms cost this much; each one after them {later}.",
                        later=later,
                    )
                )
            )
