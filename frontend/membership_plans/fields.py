"""The fields of a plan, with unsaved input: nothing typed gets lost."""

from dataclasses import dataclass, field
from typing import Any, Final

import streamlit as st

from frontend.kit.api_limits import MAX, MAX_LENGTH, MIN
from frontend.kit.api_types import PlanItem, PlanKind
from frontend.kit.formats import decimal, exact_money
from frontend.kit.i18n import mark, t
from frontend.kit.session import currency
from frontend.kit.typed_numbers import NotUnderstood, read_amount, read_whole
from frontend.membership_plans.wording import KINDS, MEANINGS, describe_length

LIMITS: Final = "PlanCreate"
CONTRACTS: tuple[PlanKind, ...] = ("recurring", "fixed_term")
FREEZABLE: tuple[PlanKind, ...] = (*CONTRACTS, "pack")
IN_EITHER: tuple[PlanKind, ...] = ("pack", "trial")
UNITS = {"months": mark("months"), "days": mark("days")}
WHOLE_NUMBERS = {
    "visits": mark("Visits"),
    "notice_days": mark("Notice period in days"),
    "capacity": mark("Places"),
    "freeze_days_a_year": mark("Days a year"),
    "freezes_a_year": mark("Times a year"),
    "shortest_freeze_days": mark("Shortest freeze in days"),
}
MOST_FEATURES = 20


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
        texts = dict.fromkeys(("name", "price", "description", *WHOLE_NUMBERS), "")
        choices = {"kind": "recurring", "unit": "months", "renews": True, "features": []}
        return texts | choices | {"length": "1", "offered": True}
    in_days = plan["duration_days"] > 0
    numbers = {name: plan[name] for name in WHOLE_NUMBERS}  # type: ignore[literal-required]
    return {name: "" if value is None else str(value) for name, value in numbers.items()} | {
        "name": plan["name"],
        "kind": plan["kind"],
        "unit": "days" if in_days else "months",
        "length": str(plan["duration_days"] if in_days else plan["duration_months"]),
        "price": f"{plan['price']:.{currency().decimals}f}",
        "description": plan["description"] or "",
        "renews": plan["renews_automatically"],
        "features": plan["features"],
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
    """The fields' values, whether they are in view or were left on another page. Of what a plan
    of its kind cannot have, nothing is sent."""
    stored = stored_fields(plan)
    typed = {
        name: st.session_state.get(field_key(plan, name), value) for name, value in stored.items()
    }
    draft = Draft(plan)
    if typed == stored:
        return draft
    kind = typed["kind"]
    values: dict[str, Any] = {
        "name": typed["name"].strip(),
        "kind": kind,
        "description": typed["description"].strip() or None,
        "features": typed["features"],
        "renews_automatically": kind == "recurring" and typed["renews"],
    }
    if plan:
        values["is_active"] = typed["offered"]
    if not values["name"]:
        draft.problems.append(t("{plan} needs a name.", plan=draft.name))
    unit = unit_of(kind, typed["unit"])
    length, other = f"duration_{unit}", "duration_months" if unit == "days" else "duration_days"
    values[other] = 0
    _read_whole(draft, values, length, typed["length"], t("Length"), least=1)
    for name, label in WHOLE_NUMBERS.items():
        if not _has(kind, name) or not typed[name].strip():
            values[name] = 0 if name == "notice_days" else None
        else:
            _read_whole(draft, values, name, typed[name], t(label))
    if kind == "pack" and not typed["visits"].strip():
        draft.problems.append(t("{plan} needs its number of visits.", plan=draft.name))
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
    if "price" in values and length in values and "visits" in values:
        amount = exact_money(values["price"], currency())
        draft.price = t("{amount} for {length}", amount=amount, length=describe_length(values))
    return draft


def _read_whole(
    draft: Draft, values: dict[str, Any], name: str, text: str, label: str, *, least: int = 0
) -> None:
    bounds = max(least, int(MIN[LIMITS][name])), int(MAX[LIMITS][name])
    try:
        values[name] = read_whole(text, *bounds)
    except NotUnderstood as problem:
        draft.problems.append(t("{field}: {problem}", field=label, problem=str(problem)))


def unit_of(kind: PlanKind, chosen: str | None) -> str:
    """In what the length of a plan is counted; packs and trials have the choice."""
    if kind in IN_EITHER:
        return chosen or "months"
    return "days" if kind == "day_pass" else "months"


def _has(kind: PlanKind, name: str) -> bool:
    if name == "visits":
        return kind == "pack"
    if name == "notice_days":
        return kind in CONTRACTS
    return name == "capacity" or kind in FREEZABLE


def plan_fields(plan: PlanItem | None, known_features: list[str]) -> None:
    """Draws the fields. What is typed stays when somebody looks at another plan or page."""
    stored = stored_fields(plan)
    with st.container(border=True):
        st.subheader(t("What it is"), anchor=False)
        kind = _kind(plan, stored)
        left, right = st.columns(2)
        with left:
            _text(plan, stored, "name", t("Name"), max_chars=MAX_LENGTH[LIMITS]["name"])
            _length(plan, stored, kind)
            if kind == "pack":
                _number(plan, stored, "visits")
        with right:
            _price(plan, stored)
            _number(plan, stored, "capacity", placeholder=t("no limit"))
            if kind == "recurring":
                st.toggle(
                    t("Renews by itself"), stored["renews"], key=field_key(plan, "renews"),
                    persist_state="session",
                    help=t("The next term begins without anybody's doing, until notice is given."),
                )  # fmt: skip
        _text(
            plan, stored, "description", t("Description"),
            max_chars=MAX_LENGTH[LIMITS]["description"],
        )  # fmt: skip
        st.multiselect(
            t("Includes"), sorted({*known_features, *stored["features"]}), stored["features"],
            key=field_key(plan, "features"), persist_state="session", accept_new_options=True,
            max_selections=MOST_FEATURES, placeholder=t("Choose, or type a few words"),
        )  # fmt: skip
    if kind in FREEZABLE:
        with st.container(border=True):
            st.subheader(t("Leaving and freezing"), anchor=False)
            if kind in CONTRACTS:
                _number(plan, stored, "notice_days", placeholder="0")
            columns = st.columns(3)
            names = ("freeze_days_a_year", "freezes_a_year", "shortest_freeze_days")
            for column, name in zip(columns, names, strict=True):
                with column:
                    _number(plan, stored, name, placeholder=t("no limit"))
    if plan:
        st.checkbox(
            t("Offered"), stored["offered"], key=field_key(plan, "offered"),
            persist_state="session", help=t("A plan that is not offered stays with its members."),
        )  # fmt: skip


def _kind(plan: PlanItem | None, stored: dict[str, Any]) -> PlanKind:
    kind: PlanKind = st.segmented_control(
        t("Kind"), list(KINDS), default=stored["kind"], required=True,
        format_func=lambda code: t(KINDS[code]), key=field_key(plan, "kind"),
        persist_state="session",
    )  # fmt: skip
    st.caption(t(MEANINGS[kind]))
    return kind


def _length(plan: PlanItem | None, stored: dict[str, Any], kind: PlanKind) -> None:
    if kind in IN_EITHER:
        with st.container(horizontal=True, vertical_alignment="bottom"):
            _text(plan, stored, "length", t("Length"), max_chars=10)
            st.segmented_control(
                t("Unit"), list(UNITS), default=stored["unit"], required=True,
                format_func=lambda unit: t(UNITS[unit]), key=field_key(plan, "unit"),
                persist_state="session", label_visibility="collapsed",
            )  # fmt: skip
        return
    label = t("Length in days") if unit_of(kind, None) == "days" else t("Length in months")
    _text(plan, stored, "length", label, max_chars=10)


def _price(plan: PlanItem | None, stored: dict[str, Any]) -> None:
    st.text_input(
        t("Price per term, {currency}", currency=currency().code), stored["price"],
        max_chars=30, key=field_key(plan, "price"), persist_state="session", live=True,
        placeholder=decimal(49, currency().decimals),
    )  # fmt: skip


def _number(
    plan: PlanItem | None, stored: dict[str, Any], name: str, *, placeholder: str | None = None
) -> None:
    label = t(WHOLE_NUMBERS[name])
    st.text_input(
        label, stored[name], max_chars=10, key=field_key(plan, name), persist_state="session",
        placeholder=placeholder,
    )  # fmt: skip


def _text(
    plan: PlanItem | None, stored: dict[str, Any], name: str, label: str, *, max_chars: int
) -> None:
    st.text_input(
        label, stored[name], max_chars=max_chars, key=field_key(plan, name),
        persist_state="session",
    )  # fmt: skip
