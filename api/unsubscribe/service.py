"""Stop mail to an address, by the secret in a mail's link."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from api.providers.email.links import hash_link_token
from db.base import matches
from db.models import EmailConsent, Gym, Member, Message
from db.session import GymSession
from db.tenancy import GymId
from db.text import fold

SOURCE = "unsubscribe link"


@dataclass(frozen=True)
class Subscription:
    """Whose mail a token speaks for."""

    gym_id: int
    gym_name: str
    member_id: int
    address: str
    is_stopped: bool


def find(session: GymSession, token: str) -> Subscription | None:
    """Read what a token is for, and enter its gym. None for a token that no mail carries."""
    hashed = hash_link_token(token)
    gym_id = session.scalar(select(func.gym_of_unsubscribe_token(hashed)))
    if gym_id is None:
        return None
    session.enter_gym(GymId(gym_id))
    row = session.execute(
        select(Message.member_id, Message.address, Gym.name, Member.email_consent)
        .join(Gym, Gym.gym_id == Message.gym_id)
        .join(Member, matches(Member.member_id, Message.member_id))
        .where(Message.in_gym(gym_id), Message.unsubscribe_hash == hashed)
    ).one_or_none()
    if row is None:
        return None
    return Subscription(
        gym_id=gym_id,
        gym_name=row.name,
        member_id=row.member_id,
        address=row.address,
        is_stopped=row.email_consent == EmailConsent.UNSUBSCRIBED,
    )


def stop(session: Session, subscription: Subscription, *, now: datetime) -> None:
    """No more mail from this gym to the member, nor to others there with the same address.

    Doing it again changes nothing, not even the moment it is dated.
    """
    session.execute(
        update(Member)
        .where(
            Member.in_gym(subscription.gym_id),
            (Member.member_id == subscription.member_id)
            | (Member.email_key == fold(subscription.address)),
            Member.email_consent != EmailConsent.UNSUBSCRIBED,
        )
        .values(
            email_consent=EmailConsent.UNSUBSCRIBED.value,
            email_consent_source=SOURCE,
            email_consent_at=now,
        )
    )
