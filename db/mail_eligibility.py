"""Who may be mailed, decided in one place for preview, send, retry and the worker."""

from dataclasses import dataclass
from enum import StrEnum

from db.addresses import read_address
from db.models import EmailConsent, MemberStatus, Standing


class SkipReason(StrEnum):
    """Why somebody who was chosen gets no mail. The first that holds is reported."""

    NOT_MEMBER = "not_member"
    NOT_ACTIVE = "not_active"
    NO_ADDRESS = "no_address"
    INVALID_ADDRESS = "invalid_address"
    UNSUBSCRIBED = "unsubscribed"
    NO_CONSENT = "no_consent"
    DORMANT = "dormant"
    MAILED_THIS_WEEK = "mailed_this_week"
    SAME_ADDRESS = "same_address"
    DAILY_LIMIT = "daily_limit"


@dataclass(frozen=True)
class MailingStatus:
    """What decides whether one person may be mailed. `consent` is `unsubscribed` also where
    another record has the address that did."""

    status: MemberStatus
    email: str | None
    consent: EmailConsent
    standing: Standing = Standing.MEMBER


def find_block(mailing_status: MailingStatus) -> SkipReason | None:
    """Why this member gets no mail at all; None if mail is allowed."""
    if mailing_status.standing != Standing.MEMBER:
        return SkipReason.NOT_MEMBER
    if mailing_status.status != MemberStatus.ACTIVE:
        return SkipReason.NOT_ACTIVE
    return find_address_block(mailing_status.email, mailing_status.consent)


def find_address_block(email: str | None, consent: EmailConsent) -> SkipReason | None:
    """Why nobody is mailed there, a member or one who was."""
    if not email or not email.strip():
        return SkipReason.NO_ADDRESS
    try:
        read_address(email)
    except ValueError:
        return SkipReason.INVALID_ADDRESS
    if consent == EmailConsent.UNSUBSCRIBED:
        return SkipReason.UNSUBSCRIBED
    if consent not in {EmailConsent.GIVEN, EmailConsent.LAWFUL_BASIS}:
        return SkipReason.NO_CONSENT
    return None
