"""The fields of a member, for adding and for editing."""

from datetime import date
from typing import Any

import streamlit as st

from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.formats import as_date, date_field
from frontend.kit.i18n import mark, t

GENDERS = {"female": mark("Female"), "male": mark("Male"), "other": mark("Other")}
EARLIEST = date(1900, 1, 1)
MAX = MAX_LENGTH["MemberCreate"]


def member_fields(known: dict[str, Any], *, today: date, key: str) -> dict[str, Any]:
    """Draws the fields inside a form and returns their values, empty ones as None."""
    left, right = st.columns(2)
    with left:
        name = st.text_input(
            t("Name"), known.get("name") or "", max_chars=MAX["name"], key=f"{key}_name"
        )
        email = st.text_input(
            t("Email"), known.get("email") or "", max_chars=MAX["email"], key=f"{key}_email"
        )
        phone = st.text_input(
            t("Phone"), known.get("phone") or "", max_chars=MAX["phone"], key=f"{key}_phone"
        )
    with right:
        birth_date = st.date_input(
            t("Birth date"), as_date(known.get("birth_date")), min_value=EARLIEST,
            max_value=today, format=date_field(), key=f"{key}_birth_date",
        )  # fmt: skip
        genders = list(GENDERS)
        gender = known.get("gender")
        if gender and gender not in GENDERS:
            genders.append(gender)
        gender = st.selectbox(
            t("Gender"), genders, index=genders.index(gender) if gender else None,
            format_func=lambda value: t(GENDERS.get(value or "", value or "")),
            placeholder=t("Not stated"), key=f"{key}_gender",
        )  # fmt: skip
        join_date = st.date_input(
            t("Joined"), as_date(known.get("join_date")), min_value=EARLIEST,
            format=date_field(), key=f"{key}_join_date",
        )  # fmt: skip
    has_unsubscribed = bool(known.get("has_unsubscribed"))
    email_consent = st.checkbox(
        t("Has agreed to receive email"), bool(known.get("email_consent")), key=f"{key}_consent",
        disabled=has_unsubscribed,
        help=t("They unsubscribed; only they can take that back, by the link in the mail.")
        if has_unsubscribed
        else None,
    )  # fmt: skip
    sms_consent = st.checkbox(
        t("Has agreed to payment reminders by SMS"), bool(known.get("sms_consent")),
        key=f"{key}_sms_consent", help=known.get("sms_consent_note"),
    )  # fmt: skip
    return {
        "name": name.strip() or None,
        "email": email.strip() or None,
        "phone": phone.strip() or None,
        "birth_date": birth_date.isoformat() if isinstance(birth_date, date) else None,
        "gender": gender,
        "join_date": join_date.isoformat() if isinstance(join_date, date) else None,
        "email_consent": email_consent,
        "sms_consent": sms_consent,
    }


def contact_fields(known: dict[str, Any], *, key: str) -> dict[str, Any]:
    """Where the member lives, and who is called in an emergency; inside a form."""
    address = st.text_area(
        t("Address"), known.get("address") or "", max_chars=MAX["address"], height=80,
        key=f"{key}_address",
    )  # fmt: skip
    who, relation, number = st.columns(3)
    emergency = {
        "emergency_contact": who.text_input(
            t("In an emergency call"), known.get("emergency_contact") or "",
            max_chars=MAX["emergency_contact"], key=f"{key}_emergency_contact",
        ),
        "emergency_relation": relation.text_input(
            t("Who that is to them"), known.get("emergency_relation") or "",
            max_chars=MAX["emergency_relation"], key=f"{key}_emergency_relation",
        ),
        "emergency_phone": number.text_input(
            t("Their number"), known.get("emergency_phone") or "",
            max_chars=MAX["emergency_phone"], key=f"{key}_emergency_phone",
        ),
    }  # fmt: skip
    return {
        name: (value or "").strip() or None
        for name, value in {"address": address, **emergency}.items()
    }


def changed(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Only what the form changed: a field it does not touch is not sent."""
    return {name: value for name, value in after.items() if before.get(name) != value}
