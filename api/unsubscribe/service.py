"""Stop mail to an address, by the secret in a mail's link."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from api.providers.email.links import hash_link_token
from db.base import matches
from db.consent import has_unsubscribed
from db.member_facts import writing_no_facts
from db.models import EmailConsent, Gym, Member, Notification, UnsubscribedAddress
from db.session import GymSession
from db.types import GymId

SOURCE = "unsubscribe link"
TAKEN_BACK = "taken back at the unsubscribe link"


@dataclass(frozen=True)
class Subscription:
    """The mail that a token belongs to."""

    gym_id: int
    gym_name: str
    member_id: int
    address: str
    email_key: str
    is_stopped: bool


def find(session: GymSession, token: str) -> Subscription | None:
    """Read what a token is for, and enter its gym. None for a token that no mail carries."""
    hashed = hash_link_token(token)
    gym_id = session.scalar(select(func.gym_of_unsubscribe_token(hashed)))
    if gym_id is None:
        return None
    session.enter_gym(GymId(gym_id))
    row = session.execute(
        select(
            Notification.member_id,
            Notification.recipient,
            Notification.recipient_key,
            Gym.name,
            or_(
                Member.email_consent == EmailConsent.UNSUBSCRIBED,
                has_unsubscribed(Notification.gym_id, Notification.recipient_key),
            ).label("is_stopped"),
        )
        .join(Gym, Gym.gym_id == Notification.gym_id)
        .join(Member, matches(Member.member_id, Notification.member_id))
        .where(Notification.in_gym(gym_id), Notification.unsubscribe_hash == hashed)
    ).one_or_none()
    if row is None:
        return None
    return Subscription(
        gym_id=gym_id,
        gym_name=row.name,
        member_id=row.member_id,
        address=row.recipient,
        email_key=row.recipient_key,
        is_stopped=row.is_stopped,
    )


def stop(session: Session, subscription: Subscription, *, now: datetime) -> None:
    """No more mail from this gym to the member, nor to the address, at whatever record it stands.

    A refusal is not overwritten: it holds longer than what a link can take back. Doing it again
    changes nothing, not even the moment it is dated.
    """
    session.execute(
        insert(UnsubscribedAddress)
        .values(gym_id=subscription.gym_id, email_key=subscription.email_key, unsubscribed_at=now)
        .on_conflict_do_nothing()
    )
    untouched = (EmailConsent.UNSUBSCRIBED, EmailConsent.REFUSED)
    # The members are not held: whoever imports a file of them must keep nobody from stopping mail,
    # and no statistic follows from consent.
    with writing_no_facts(session):
        session.execute(
            update(Member)
            .where(
                Member.in_gym(subscription.gym_id),
                (Member.member_id == subscription.member_id)
                | (Member.email_key == subscription.email_key),
                Member.email_consent.not_in(untouched),
            )
            .values(_date_consent(EmailConsent.UNSUBSCRIBED, SOURCE, now))
        )


def take_back(session: Session, subscription: Subscription, *, now: datetime) -> None:
    """Mail to the address may be sent again: chosen by the same person, with the same link.

    That is consent of the member who was mailed, while they have the address. Other members with
    the address become unknown; and a refusal stays one.
    """
    session.execute(
        delete(UnsubscribedAddress).where(
            UnsubscribedAddress.in_gym(subscription.gym_id),
            UnsubscribedAddress.email_key == subscription.email_key,
        )
    )
    is_mailed = Member.member_id == subscription.member_id
    with writing_no_facts(session):
        for who, consent in ((is_mailed, EmailConsent.GIVEN), (~is_mailed, EmailConsent.UNKNOWN)):
            session.execute(
                update(Member)
                .where(
                    Member.in_gym(subscription.gym_id),
                    Member.email_key == subscription.email_key,
                    Member.email_consent == EmailConsent.UNSUBSCRIBED,
                    who,
                )
                .values(_date_consent(consent, TAKEN_BACK, now))
            )


def _date_consent(consent: EmailConsent, source: str, now: datetime) -> dict[str, Any]:
    return {
        "email_consent": consent,
        "email_consent_source": source,
        "email_consent_at": now,
    }
