"""Consent belongs to an address: unsubscribing applies to every record that has it."""

from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, type_coerce
from sqlalchemy.orm import aliased

from db.enums import enum_type
from db.models import EmailConsent, Member, UnsubscribedAddress

SAME_ADDRESS = "the same address unsubscribed"
"""The source of such a consent, where the link was used at another record."""


def has_unsubscribed(gym_id: Any, email_key: Any) -> ColumnElement[bool]:
    """SQL: the address did, at any record of the gym, also one that has another address now."""
    other = aliased(Member)
    return or_(
        select(UnsubscribedAddress.unsubscribed_address_id)
        .where(
            UnsubscribedAddress.gym_id == gym_id,
            UnsubscribedAddress.email_key == email_key,
        )
        .exists(),
        select(other.member_id)
        .where(
            other.gym_id == gym_id,
            other.email_key == email_key,
            other.email_consent == EmailConsent.UNSUBSCRIBED,
        )
        .exists(),
    )


def consent_for_mail() -> ColumnElement[EmailConsent]:
    """SQL: a member's consent as it counts at this moment."""
    consent = case(
        (has_unsubscribed(Member.gym_id, Member.email_key), EmailConsent.UNSUBSCRIBED.value),
        else_=Member.email_consent,
    )
    return type_coerce(consent, enum_type(EmailConsent))
