"""One small dialog for each thing that is done with a membership. Each says beforehand what will
happen, and the API decides whether it does."""

from collections.abc import Callable
from datetime import date, timedelta

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import MembershipMove
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, date_field, exact_money, money, plain, short_day
from frontend.kit.i18n import count, mark, t
from frontend.kit.session import currency, may
from frontend.kit.toasts import toast_next
from frontend.membership_plans import client as plans_api
from frontend.memberships import client as memberships_api
from frontend.memberships.words import LEAVING_REASONS, Shown

_OPEN = "membership_dialog"
NAMES = {
    "freeze": mark("Freeze"),
    "unfreeze": mark("Unfreeze"),
    "renew": mark("Renew"),
    "change_plan": mark("Change plan"),
    "cancel": mark("Cancel membership"),
    "withdraw_cancellation": mark("Withdraw cancellation"),
}
ICONS = {
    "freeze": ":material/ac_unit:",
    "unfreeze": ":material/play_arrow:",
    "renew": ":material/autorenew:",
    "change_plan": ":material/swap_horiz:",
    "cancel": ":material/event_busy:",
    "withdraw_cancellation": ":material/undo:",
}


def open_dialog(move: MembershipMove, membership_id: int) -> None:
    """In the next run, and until it is done or dismissed."""
    st.session_state[_OPEN] = (move, membership_id)


def close_dialog() -> None:
    st.session_state.pop(_OPEN, None)


def dialog_if_open(one: Shown, today: date) -> None:
    """Draws the dialog of this membership while it is open."""
    move, membership_id = st.session_state.get(_OPEN, (None, None))
    if membership_id != one["membership_id"] or move not in one["possible_moves"]:
        return
    forms = {
        "freeze": _freeze,
        "unfreeze": _unfreeze,
        "renew": _renew,
        "change_plan": _change_plan,
        "cancel": _cancel,
        "withdraw_cancellation": _withdraw,
    }
    title = f"{t(NAMES[move])}: {plain(one['plan_name'])}"
    draw = st.dialog(title, icon=ICONS[move], on_dismiss=close_dialog)(forms[move])
    draw(one, today)


def move_buttons(one: Shown, today: date) -> None:
    """One for each thing that can be done, and the dialog of the one that was pressed."""
    with st.container(horizontal=True):
        for move in one["possible_moves"]:
            st.button(
                t(NAMES[move]), icon=ICONS[move], key=f"{move}_{one['membership_id']}",
                on_click=open_dialog, args=(move, one["membership_id"]),
            )  # fmt: skip
    dialog_if_open(one, today)


def _freeze(one: Shown, today: date) -> None:
    earliest = max(today, as_date(one["starts_on"]) or today)
    left, right = st.columns(2)
    first = left.date_input(
        t("First frozen day"), earliest, min_value=earliest, format=date_field()
    )
    last = right.date_input(
        t("Last frozen day"), first + timedelta(days=13), min_value=first, format=date_field()
    )
    reason = _reason()
    days = (last - first).days + 1
    paid = as_date(one["paid_until"])
    if paid:
        st.info(
            count(
                days,
                "{n} day is frozen. What is paid moves behind it: until {day} instead of {before}.",
                "{n} days are frozen. What is paid moves behind them: until {day} instead of"
                " {before}.",
                day=short_day(paid + timedelta(days=days)),
                before=short_day(paid),
            ),
            icon=":material/info:",
        )
    if st.button(t("Freeze it"), type="primary"):
        fields = {"starts_on": str(first), "ends_on": str(last), "reason": reason}
        attempt(
            lambda: memberships_api.freeze(one["membership_id"], fields), t("Membership frozen")
        )


def _unfreeze(one: Shown, today: date) -> None:
    freezes = {
        freeze["freeze_id"]: freeze
        for freeze in one["freezes"]
        if (as_date(freeze["ends_on"]) or today) >= today
    }
    if not freezes:
        st.caption(t("No freeze runs or is to come."))
        return

    labels = {
        number: t(
            "{first} to {last}",
            first=short_day(as_date(freeze["starts_on"])),
            last=short_day(as_date(freeze["ends_on"])),
        )
        for number, freeze in freezes.items()
    }
    chosen = st.selectbox(t("Freeze"), list(labels), format_func=labels.__getitem__)
    first = as_date(freezes[chosen]["starts_on"]) or today
    last = as_date(freezes[chosen]["ends_on"]) or today
    days = (last - max(first, today)).days + 1
    sentence = (
        t("The freeze has not begun. It is taken back whole.")
        if first > today
        else t("They train again from today. Days that were frozen stay so.")
    )
    paid = as_date(one["paid_until"])
    if paid and one["terms"]:
        until = short_day(paid - timedelta(days=days))
        sentence += " " + t("Paid until {day} then.", day=until)
    st.info(sentence, icon=":material/info:")
    reason = _reason()
    if st.button(t("Unfreeze it"), type="primary"):
        fields = {"freeze_id": chosen, "reason": reason}
        attempt(lambda: memberships_api.unfreeze(one["membership_id"], fields), t("Freeze ended"))


def _renew(one: Shown, _today: date) -> None:
    st.info(
        t(
            "Term {term} is added for {price}. It begins after {day}.",
            term=one["next_term"],
            price=money(one["next_price"], currency()),
            day=short_day(as_date(one["paid_until"])),
        ),
        icon=":material/info:",
    )
    if st.button(t("Renew it"), type="primary"):
        fields = {"term": one["next_term"]}
        attempt(
            lambda: memberships_api.renew(one["membership_id"], fields), t("Membership renewed")
        )


def _cancel(one: Shown, today: date) -> None:
    rule = as_date(one["ends_if_cancelled"]) or today
    st.info(
        t("If notice is given today, it ends on {day}. Until then nothing changes.",
          day=short_day(rule)),
        icon=":material/info:",
    )  # fmt: skip
    reason = st.selectbox(
        t("Why?"), list(LEAVING_REASONS), format_func=lambda key: t(LEAVING_REASONS[key]),
        index=None, placeholder=t("Choose a reason"), key="leaving_reason",
    )  # fmt: skip
    is_own = may("edit_own_membership")
    note = st.text_area(
        t("In your words") if is_own else t("In their words"),
        max_chars=MAX_LENGTH["CancelRequest"]["note"],
        height=80,
    )
    fields: dict[str, str | None] = {}
    if not is_own and st.checkbox(t("Another last day was agreed")):
        earliest = max(today, as_date(one["starts_on"]) or today)
        last_day = st.date_input(
            t("Last day"), max(rule, earliest), min_value=earliest, format=date_field()
        )
        fields["last_day"] = str(last_day)
    if st.button(t("Cancel it"), type="primary"):
        if reason is None:
            st.error(t("Choose a reason first."), icon=":material/error:")
            return
        fields |= {"reason": reason, "note": note.strip() or None}
        attempt(lambda: memberships_api.cancel(one["membership_id"], fields), t("Notice recorded"))


def _withdraw(one: Shown, _today: date) -> None:
    st.info(
        t("It was to end on {day}. It goes on as before.", day=short_day(as_date(one["ends_on"]))),
        icon=":material/info:",
    )
    reason = _reason()
    if st.button(t("Withdraw it"), type="primary"):
        attempt(
            lambda: memberships_api.withdraw_cancellation(one["membership_id"], {"reason": reason}),
            t("Cancellation withdrawn"),
        )


def _change_plan(one: Shown, today: date) -> None:
    labels = label_plans(besides=one["plan_id"])
    if not labels:
        st.caption(t("There is no other plan. Make one under Plans."))
        return
    plan_id = st.selectbox(t("New plan"), list(labels), format_func=labels.__getitem__)
    earliest = max(today, (as_date(one["starts_on"]) or today) + timedelta(days=1))
    begins = st.date_input(t("First day of it"), earliest, min_value=earliest, format=date_field())
    try:
        preview = memberships_api.preview_plan_change(one["membership_id"], plan_id, begins)
    except ApiError as error:
        refusal(error)
        return
    with st.container(border=True):
        for label, amount in (
            (t("First term of the new plan"), preview["price"]),
            (t("Credit for what is not used"), -preview["credit"]),
            (t("To pay"), preview["to_pay"]),
        ):
            with st.container(horizontal=True, horizontal_alignment="distribute"):
                st.markdown(label, width="content")
                st.markdown(f"**{plain(exact_money(amount, currency()))}**", width="content")
        st.caption(
            t("{plan} ends on {day}; the new one is paid until {paid}.",
              plan=plain(one["plan_name"]), day=short_day(as_date(preview["last_day"])),
              paid=short_day(as_date(preview["paid_until"])))
        )  # fmt: skip
    if st.button(t("Change it"), type="primary"):
        fields = {"plan_id": plan_id, "starts_on": str(begins)}
        attempt(
            lambda: memberships_api.change_plan(one["membership_id"], fields), t("Plan changed")
        )


def label_plans(*, besides: int | None = None) -> dict[int, str]:
    """What is sold, each with its price."""
    return {
        plan["plan_id"]: f"{plan['name']} · {money(plan['price'], currency())}"
        for plan in plans_api.list_all()
        if plan["is_active"] and plan["plan_id"] != besides
    }


def _reason() -> str | None:
    text = st.text_input(
        t("Reason"), max_chars=MAX_LENGTH["FreezeRequest"]["reason"], placeholder=t("Optional")
    )
    return text.strip() or None


def attempt(action: Callable[[], object], done: str) -> None:
    """Do it and say so on the page that follows, or show why it was refused."""
    try:
        action()
    except ApiError as error:
        refusal(error)
        return
    close_dialog()
    toast_next(done)
    st.rerun()
