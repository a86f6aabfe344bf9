"""The fields of a plan, with unsaved input: nothing typed gets lost."""

from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from frontend.kit.api_limits import MAX, MAX_LENGTH, MIN
from frontend.kit.api_types import PlanItem
from frontend.kit.formats import decimal, exact_money
from frontend.kit.i18n import count, t
from frontend.kit.session import currency
from frontend.kit.typed_numbers import NotUnderstood, read_amount, read_whole

LIMITS: Final = "PlanCreate"
MONTHS = (int(MIN[LIMITS]["duration_months"]), int(MAX[LIMITS]["duration_months"]))


@dataclass
class Draft:
    """The fields of one plan, or of a new one, as they are now."""

    plan: PlanItem | None
    changes: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    price: str = ""
    """The price as it was understood."""

    @property
    def name(self) -> str:
        return self.plan["name"] if self.plan else t("The new plan")


def stored_fields(plan: PlanItem | None) -> dict[str, Any]:
    """The initial values of the fields."""
    if plan is None:
        return {"name": "", "months": "1", "price": "", "description": "", "offered": True}
    return {
        "name": plan["name"],
        "months": str(plan["duration_months"]),
        "price": f"{plan['price']:.{currency().decimals}f}",
        "description": plan["description"] or "",
        "offered": plan["is_active"],
    }


def field_key(plan: PlanItem | None, name: str) -> str:
    number = plan["plan_id"] if plan else "new"
    return f"plan_{number}_{name}_{st.session_state.setdefault(f'plan_{number}_saves', 0)}"


def reset_draft(plan: PlanItem | None) -> None:
    """After a save the fields of this plan show what is stored; those of others stay."""
    number = plan["plan_id"] if plan else "new"
    st.session_state[f"plan_{number}_saves"] += 1


def read_draft(plan: PlanItem | None) -> Draft:
    """The fields' values, whether they are in view or were left on another page."""
    stored = stored_fields(plan)
    typed = {
        name: st.session_state.get(field_key(plan, name), value) for name, value in stored.items()
    }
    draft = Draft(plan)
    if typed == stored:
        return draft
    values: dict[str, Any] = {
        "name": typed["name"].strip(),
        "description": typed["description"].strip() or None,
    }
    if plan:
        values["is_active"] = typed["offered"]
    if not values["name"]:
        draft.problems.append(t("{plan} needs a name.", plan=draft.name))
    try:
        values["duration_months"] = read_whole(typed["months"], *MONTHS)
    except NotUnderstood as problem:
        draft.problems.append(t("Length in months: {problem}", problem=str(problem)))
    if not typed["price"].strip():
        draft.problems.append(t("{plan} needs a price.", plan=draft.name))
    else:
        try:
            values["price"] = float(read_amount(typed["price"], currency(), MAX[LIMITS]["price"]))
        except NotUnderstood as problem:
            draft.problems.append(t("Price: {problem}", problem=str(problem)))
    before = dict(plan) if plan else {}
    draft.changes = {
        name: value for name, value in values.items() if name not in before or before[name] != value
    }
    draft.price = _show_price(values)
    return draft


def _show_price(values: dict[str, Any]) -> str:
    if "price" not in values or "duration_months" not in values:
        return ""
    amount = exact_money(values["price"], currency())
    months = count(values["duration_months"], "a month", "for {n} months")
    return f"{amount} {months}"


def plan_fields(plan: PlanItem | None) -> None:
    """Draws the fields. What is typed stays when somebody looks at another plan or page."""
    stored = stored_fields(plan)
    left, right = st.columns(2)
    with left:
        st.text_input(
            t("Name"), stored["name"], max_chars=MAX_LENGTH[LIMITS]["name"],
            key=field_key(plan, "name"), persist_state="session",
        )  # fmt: skip
        st.text_input(
            t("Length in months"), stored["months"], max_chars=10, key=field_key(plan, "months"),
            persist_state="session",
        )  # fmt: skip
    with right:
        st.text_input(
            t("Price per term, {currency}", currency=currency().code), stored["price"],
            max_chars=30, key=field_key(plan, "price"), persist_state="session", live=True,
            placeholder=decimal(49, currency().decimals),
        )  # fmt: skip
        st.text_input(
            t("Description"), stored["description"], max_chars=MAX_LENGTH[LIMITS]["description"],
            key=field_key(plan, "description"), persist_state="session",
        )  # fmt: skip
    if plan:
        st.checkbox(
            t("Offered"), stored["offered"], key=field_key(plan, "offered"),
            persist_state="session", help=t("A plan that is not offered stays with its members."),
        )  # fmt: skip
