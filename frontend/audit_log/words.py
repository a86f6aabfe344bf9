"""What the log's rows and fields are called on the page."""

from datetime import date, datetime
from typing import Literal

from frontend.kit.api_types import AuditAction, AuditChange
from frontend.kit.errors import FIELDS
from frontend.kit.formats import as_moment, decimal, exact_money, moment, short_day, whole
from frontend.kit.i18n import mark, t
from frontend.kit.session import currency

NOUNS = {
    "agreed_price": mark("Agreed price"),
    "campaign": mark("Campaign"),
    "check_in": mark("Visit"),
    "distinct_members": mark("Two people"),
    "equipment": mark("Machine"),
    "gym": mark("Settings"),
    "closure": mark("Closed days"),
    "household": mark("Household"),
    "household_member": mark("Person of a household"),
    "import": mark("Import"),
    "invitation": mark("Invitation"),
    "kiosk": mark("Kiosk"),
    "location": mark("Location"),
    "member": mark("Member"),
    "member_consent": mark("Consent"),
    "member_merge": mark("Merge"),
    "member_note": mark("Note"),
    "member_number": mark("Number"),
    "member_tag": mark("Tag"),
    "membership": mark("Membership"),
    "membership_freeze": mark("Freeze"),
    "membership_plan": mark("Plan"),
    "opening_hours": mark("Opening hours"),
    "payment": mark("Payment"),
    "plan_hours": mark("Hours of a plan"),
    "plan_location": mark("Location of a plan"),
    "price_rule": mark("Price rule"),
    "promotion": mark("Promotion"),
    "promotion_plan": mark("Plan of a promotion"),
    "promotion_use": mark("Use of a promotion"),
    "tag": mark("Tag"),
    "trainer": mark("Trainer"),
    "user": mark("Sign-in account"),
}
"""What is not here is shown by the API's own word."""
ACTIONS: dict[AuditAction, str] = {
    "created": mark("Added"),
    "changed": mark("Changed"),
    "deleted": mark("Deleted"),
    "signed_in": mark("Signed in"),
    "read": mark("Read"),
    "exported": mark("Exported"),
    "erased": mark("Erased"),
}
COLOURS: dict[AuditAction, Literal["green", "blue", "red", "gray", "violet"]] = {
    "created": "green",
    "changed": "blue",
    "deleted": "red",
    "signed_in": "gray",
    "read": "violet",
    "exported": "violet",
    "erased": "red",
}
_FIELDS = {
    "address": mark("Address"),
    "description": mark("Description"),
    "door_code_version": mark("Version of the door code"),
    "email": mark("Email"),
    "key_hash": mark("Key"),
    "hashed_password": mark("Password"),
    "language": mark("Language"),
    "let_in_because": mark("Let in because"),
    "let_in_by": mark("Let in by"),
    "notes": mark("Notes"),
    "number": mark("Member number"),
    "phone": mark("Phone"),
    "refused_for": mark("What spoke against it"),
    "role": mark("Role"),
    "status": mark("Status"),
    "suspended_reason": mark("Suspended because"),
    "username": mark("Username"),
}
_FIELDS_OF_NOUN = {("user", "is_active"): mark("May sign in")}
_MONEY = frozenset({"price"})
_KEYS = ("_id", "_by", "_into")
"""How names of fields end that hold the number of a row: it is no amount."""


def name_noun(noun: str) -> str:
    return t(NOUNS[noun]) if noun in NOUNS else _to_words(noun)


def name_field(noun: str, field: str) -> str:
    known = _FIELDS_OF_NOUN.get((noun, field)) or _FIELDS.get(field) or FIELDS.get(field)
    return t(known) if known else _to_words(field)


def write_value(change: AuditChange, value: object, zone: str) -> str:
    """A value as people write it; a dash where there was none."""
    match value:
        case None | "":
            return "–"
        case bool():
            return t("yes") if value else t("no")
        case int() if change["field"].endswith(_KEYS):
            return str(value)
        case int() | float() if change["field"] in _MONEY:
            return exact_money(value, currency())
        case int() | float():
            return whole(value) if value == int(value) else decimal(value, 2)
        case str():
            return _write_time(value, zone) or value
    return str(value)


def _write_time(value: str, zone: str) -> str | None:
    """A day or an instant of JSON, if that is what the text is."""
    try:
        if len(value) == len("2026-01-31"):
            return short_day(date.fromisoformat(value))
        if len(value) > len("2026-01-31T00:00:00") and datetime.fromisoformat(value).tzinfo:
            return moment(as_moment(value, zone))
    except ValueError:
        pass
    return None


def _to_words(name: str) -> str:
    return name.replace("_", " ").capitalize()
