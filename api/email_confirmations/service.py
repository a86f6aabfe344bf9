"""A gym's own addresses: nothing is mailed in a gym's name before its owner's is confirmed.

Anybody's address can be entered at sign-up. So a link goes there, and pressing its button is the
proof; the address for members' replies needs one as well, and gets it only once the owner's is
confirmed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum, auto

from sqlalchemy.orm import Session

from api.email_confirmations.errors import (
    AddressNotConfirmed,
    EmailNotConfigured,
    NothingToConfirm,
    TooManyLinks,
)
from api.email_confirmations.notifications import CONFIRMATION, LinkToConfirm
from api.email_confirmations.repository import ConfirmationRepository, enter_gym_of
from api.kit.settings import Settings
from api.notifications.kind import NewNotification
from api.providers.email.links import (
    LinkPurpose,
    hash_link_token,
    make_link_token,
    new_header_id,
)
from core.translation import Sentence, t
from db.models import AddressConfirmation, Channel, Gym
from db.session import GymSession

LINK_LIFETIME = timedelta(days=3)
LINKS_A_DAY = 5
"""Of one gym, to whatever addresses. Several gyms can each send as many to one address."""
_DAY = timedelta(hours=24)


class LinkState(StrEnum):
    OPEN = auto()
    CONFIRMED = auto()
    EXPIRED = auto()


@dataclass(frozen=True)
class FoundLink:
    address: str
    gym_name: str
    state: LinkState


def is_confirmed(session: Session, gym: Gym, address: str) -> bool:
    return ConfirmationRepository(session, gym.gym_id).is_confirmed(address)


def find_problem(session: Session, gym: Gym, settings: Settings) -> Sentence | None:
    """Why nothing can be mailed for this gym now, for its owner; None when it can."""
    if settings.email_problem is not None:
        return settings.email_problem
    repository = ConfirmationRepository(session, gym.gym_id)
    if repository.is_confirmed(gym.email):
        return None
    failure = repository.find_failure(gym.email)
    if failure is not None:
        return t(
            "Your address {email} is not confirmed, and the mail with the link could not be"
            " delivered. {failure} Correct the address in the gym's profile.",
            email=gym.email,
            failure=failure,
        )
    return t(
        "Your address {email} is not confirmed yet. Open the link in the mail that was sent"
        " there, or send it again; until then nothing can be mailed.",
        email=gym.email,
    )


def require_sender(session: Session, gym: Gym, settings: Settings) -> str:
    """The platform's bare address. Raises `EmailNotConfigured` and `AddressNotConfirmed`."""
    if settings.sender is None:
        raise EmailNotConfigured(settings.email_problem or t("Sending mail is not set up."))
    problem = find_problem(session, gym, settings)
    if problem is not None:
        raise AddressNotConfirmed(problem)
    return settings.sender


def choose_reply_to(session: Session, gym: Gym) -> str | None:
    """Where members' replies go: the first of the gym's addresses that is confirmed."""
    repository = ConfirmationRepository(session, gym.gym_id)
    chosen = (gym.reply_to, gym.email)
    return next((own for own in chosen if own and repository.is_confirmed(own)), None)


def mail_link(
    session: Session, gym: Gym, address: str, settings: Settings, *, now: datetime
) -> AddressConfirmation:
    """Queue a link to one of the gym's addresses. Raises `EmailNotConfigured`, `TooManyLinks`."""
    sender = settings.sender
    if sender is None:
        raise EmailNotConfigured(settings.email_problem or t("Sending mail is not set up."))
    repository = ConfirmationRepository(session, gym.gym_id)
    repository.lock_owner()
    earlier = repository.mailed_since(now - _DAY)
    if len(earlier) >= LINKS_A_DAY:
        wait = earlier[-LINKS_A_DAY] + _DAY - now
        raise TooManyLinks(
            t(
                "{links_a_day} links were mailed within a day. Look into your spam folder,"
                " check the address in the gym's profile, or try again later.",
                links_a_day=LINKS_A_DAY,
            ),
            retry_after=int(wait.total_seconds()) + 1,
        )
    header_id = new_header_id(sender)
    token = make_link_token(LinkPurpose.CONFIRM_ADDRESS, header_id, settings.secret_key)
    link = AddressConfirmation(
        gym_id=gym.gym_id,
        address=address,
        token_hash=hash_link_token(token),
        created_at=now,
        expires_at=now + LINK_LIFETIME,
    )
    repository.add(link)
    mail = NewNotification(
        recipient=address,
        payload=LinkToConfirm(link.confirmation_id),
        dedupe_key=str(link.confirmation_id),
        provider_id=header_id,
    )
    CONFIRMATION.queue(session, gym.gym_id, Channel.EMAIL, [mail], now=now)
    return link


def mail_link_again(
    session: Session, gym: Gym, settings: Settings, *, now: datetime
) -> AddressConfirmation:
    """To the owner's address, and once that is confirmed to the one for replies.

    Raises `NothingToConfirm`, and what `mail_link` raises.
    """
    chosen = (gym.email, gym.reply_to)
    address = next((own for own in chosen if own and not is_confirmed(session, gym, own)), None)
    if address is None:
        raise NothingToConfirm
    return mail_link(session, gym, address, settings, now=now)


def find_link(session: GymSession, token: str, *, now: datetime) -> FoundLink | None:
    """Read what a token is for, and enter its gym. None for a token that no mail carries."""
    hashed = hash_link_token(token)
    gym_id = enter_gym_of(session, hashed)
    link = gym_id and ConfirmationRepository(session, gym_id).find(hashed)
    if not link:
        return None
    state = LinkState.CONFIRMED if link.confirmed_at else LinkState.OPEN
    if state is LinkState.OPEN and link.expires_at <= now:
        state = LinkState.EXPIRED
    return FoundLink(link.address, session.get_one(Gym, link.gym_id).name, state)


def use_link(session: GymSession, token: str, *, now: datetime) -> FoundLink | None:
    """Confirm the address of a link that has not expired. Doing it again changes nothing."""
    hashed = hash_link_token(token)
    gym_id = enter_gym_of(session, hashed)
    if gym_id is not None:
        ConfirmationRepository(session, gym_id).use(hashed, now=now)
    return find_link(session, token, now=now)
