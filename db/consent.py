"""Consent, by channel and purpose.

To mail it belongs to an address: unsubscribing applies to every record that has it.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, case, or_, select, type_coerce
from sqlalchemy.orm import Session, aliased

from db.enums import enum_type
from db.models import (
    Channel,
    Consent,
    EmailConsent,
    Member,
    MemberConsent,
    Purpose,
    UnsubscribedAddress,
)

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


def read_consent_for_mail(session: Session, member: Member) -> EmailConsent:
    return session.scalars(
        select(consent_for_mail()).where(
            Member.in_gym(member.gym_id), Member.member_id == member.member_id
        )
    ).one()


def find_consent(
    session: Session, member: Member, channel: Channel, purpose: Purpose
) -> MemberConsent | None:
    """What the member said; None where nobody wrote it down. Not for mail."""
    return session.scalar(
        select(MemberConsent).where(
            MemberConsent.in_gym(member.gym_id),
            MemberConsent.member_id == member.member_id,
            MemberConsent.channel == channel,
            MemberConsent.purpose == purpose,
        )
    )


def record_consent(
    session: Session,
    member: Member,
    channel: Channel,
    purpose: Purpose,
    *,
    is_given: bool,
    recorded_by: int,
    now: datetime,
) -> None:
    """Write down what the member said. The same answer again keeps its day."""
    consent = Consent.GIVEN if is_given else Consent.REFUSED
    found = find_consent(session, member, channel, purpose)
    if found is None:
        found = MemberConsent(
            gym_id=member.gym_id, member_id=member.member_id, channel=channel, purpose=purpose
        )
        session.add(found)
    elif found.consent == consent:
        return
    found.consent, found.recorded_at, found.recorded_by = consent, now, recorded_by
    session.flush()
