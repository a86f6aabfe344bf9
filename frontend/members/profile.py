"""Who a member is: tags, and the fields that the staff fills in."""

from datetime import date

import streamlit as st

from frontend.kit import session
from frontend.kit.api_limits import MAX_LENGTH
from frontend.kit.api_types import MemberDetail
from frontend.kit.client import ApiError
from frontend.kit.errors import refusal
from frontend.kit.formats import as_date, as_moment, plain, short_day
from frontend.kit.i18n import t
from frontend.kit.toasts import toast_next
from frontend.members import client as members_api
from frontend.members.fields import GENDERS, changed, contact_fields, member_fields
from frontend.members.files import photo_panel
from frontend.members.numbers import numbers_panel
from frontend.members.standing import standing_panel

MAX_TAG_LENGTH = MAX_LENGTH["TagCreate"]["name"]


def profile_panel(member: MemberDetail, zone: str, today: date) -> None:
    """For whoever may edit members a form, for others what it says."""
    if not session.may("edit_members"):
        _facts(member)
        return
    if member["standing"] == "erased":
        st.caption(t("Who this was has been erased. Visits and payments are kept."))
        return
    photo_panel(member)
    _tags(member)
    edit_form(member, zone, today)
    numbers_panel(member["member_id"])
    standing_panel(member)


def _facts(member: MemberDetail) -> None:
    gender = member["gender"]
    emergency = [
        member["emergency_contact"], member["emergency_relation"], member["emergency_phone"],
    ]  # fmt: skip
    facts = {
        t("Tags"): ", ".join(member["tags"]),
        t("Phone"): member["phone"],
        t("Address"): member["address"],
        t("Birth date"): short_day(as_date(member["birth_date"])),
        t("Gender"): t(GENDERS.get(gender, gender)) if gender else None,
        t("In an emergency"): " · ".join(part for part in emergency if part),
    }
    for name, value in facts.items():
        st.markdown(f":small[:gray[{name}]]  \n{plain(value) if value else '–'}")


def _tags(member: MemberDetail) -> None:
    known = {tag["name"] for tag in members_api.list_tags()}
    key = f"tags_{member['member_id']}"

    def save() -> None:
        chosen = [name.strip()[:MAX_TAG_LENGTH] for name in st.session_state[key]]
        try:
            kept = members_api.set_tags(member["member_id"], [name for name in chosen if name])
        except ApiError as error:
            refusal(error)
        else:
            st.session_state[key] = kept

    st.multiselect(
        t("Tags"), sorted(known | set(member["tags"]), key=str.casefold), member["tags"], key=key,
        accept_new_options=True, on_change=save,
        placeholder=t("Choose a tag, or type a new one"),
        help=t("Words of your own, by which you find members again and write to them."),
    )  # fmt: skip


def has_agreed(member: MemberDetail) -> bool:
    return member["email_consent"] in ("given", "lawful_basis")


def describe_sms_consent(member: MemberDetail, zone: str) -> str | None:
    """Who wrote it down, and when."""
    recorded_at = as_moment(member["sms_consent_at"], zone)
    if recorded_at is None:
        return None
    return t(
        "Recorded on {day} by {name}.",
        day=short_day(recorded_at.date()),
        name=plain(member["sms_consent_by"] or t("somebody")),
    )


def edit_form(member: MemberDetail, zone: str, today: date) -> None:
    before = {
        **member,
        "email_consent": has_agreed(member),
        "sms_consent": member["sms_consent"] == "given",
        "sms_consent_note": describe_sms_consent(member, zone),
        "has_unsubscribed": member["email_consent"] == "unsubscribed",
    }
    with st.form("edit_member", border=False):
        key = f"edit_{member['member_id']}"
        fields = member_fields(before, today=today, key=key) | contact_fields(before, key=key)
        if st.form_submit_button(t("Save"), type="primary", icon=":material/check:"):
            changes = changed(before, fields)
            try:
                if changes:
                    members_api.update(member["member_id"], changes)
            except ApiError as error:
                refusal(error)
                return
            toast_next(t("Saved"))
            st.rerun()
