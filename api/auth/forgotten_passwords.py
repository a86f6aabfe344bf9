"""A new password by a mailed link, for who cannot sign in."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from api.auth.attempts import Attempts
from api.auth.errors import ResetRefused
from api.auth.notifications import PASSWORD_RESET, ResetMail, ResetToMail
from api.auth.passwords import hash_password
from api.auth.repository import SignInRepository, enter_by_reset
from api.auth.service import (
    SignedIn,
    end_all_sign_ins,
    find_user,
    forget_failures,
    notice_change,
    store_hash,
)
from api.email_confirmations.errors import EmailNotConfigured
from api.kit.settings import Settings
from api.notifications.kind import NewNotification
from api.providers.email.links import (
    LinkPurpose,
    hash_link_token,
    make_link_token,
    new_header_id,
)
from core.translation import t
from db.addresses import key_of_address
from db.models import Channel, PasswordReset, User
from db.session import GymSession
from db.types import GymId

LINK_LIFETIME = timedelta(hours=1)
MAILED_EVERY = timedelta(minutes=5)
"""To one user: who asks for somebody else is not to fill their mailbox."""
TAKES = 0.3
"""Seconds that asking for a link takes, for known and unknown names alike."""


@contextmanager
def taking(seconds: float) -> Iterator[None]:
    """Let what is inside take this long, if it takes less: how long is not to tell anything."""
    until = time.monotonic() + seconds
    try:
        yield
    finally:
        time.sleep(max(0.0, until - time.monotonic()))


def mail_reset(
    session: GymSession,
    attempts: Attempts,
    login: str,
    settings: Settings,
    *,
    address: str | None,
    now: datetime,
) -> None:
    """Mail a link to whoever signs in so, if anybody does; the caller does not learn it.

    Commits, so that this is within `TAKES` as well. Raises `EmailNotConfigured` and
    `TooManyRequests`, which are the same for everybody.
    """
    if settings.sender is None:
        raise EmailNotConfigured(settings.email_problem or t("Sending mail is not set up."))
    key = key_of_address(login)
    buckets = (
        attempts.of_account("forgotten password", key),
        attempts.of_address("forgotten password", address),
    )
    with attempts.attempt(*buckets, always_counts=True), taking(TAKES):
        found = find_user(session, key)
        # Mails are a gym's. A super admin gets a new password by `api.auth.super_admin`.
        if found is not None and found.gym_id is not None and found.user.is_active:
            _mail_reset(session, found.gym_id, found.user, settings, now=now)
        session.commit()


def _mail_reset(
    session: GymSession, gym_id: GymId, user: User, settings: Settings, *, now: datetime
) -> None:
    repository = SignInRepository(session, gym_id)
    user = repository.lock_user(user.user_id)
    if not repository.has_reset_since(user.user_id, now - MAILED_EVERY):
        mail_password_link(
            session, gym_id, user, settings, kind=PASSWORD_RESET, lifetime=LINK_LIFETIME, now=now
        )


def mail_password_link(
    session: GymSession,
    gym_id: GymId,
    user: User,
    settings: Settings,
    *,
    kind: ResetMail,
    lifetime: timedelta,
    now: datetime,
) -> None:
    """Queue a mail with a link that sets the user's password. Raises `EmailNotConfigured`."""
    if settings.sender is None:
        raise EmailNotConfigured(settings.email_problem or t("Sending mail is not set up."))
    header_id = new_header_id(settings.sender)
    token = make_link_token(LinkPurpose.RESET_PASSWORD, header_id, settings.secret_key)
    reset = PasswordReset(
        gym_id=gym_id,
        user_id=user.user_id,
        token_hash=hash_link_token(token),
        created_at=now,
        expires_at=now + lifetime,
    )
    session.add(reset)
    session.flush()
    mail = NewNotification(
        recipient=user.email,
        payload=ResetToMail(reset.reset_id),
        dedupe_key=str(reset.reset_id),
        provider_id=header_id,
    )
    kind.queue(session, gym_id, Channel.EMAIL, [mail], now=now)


def reset_password(
    session: GymSession,
    attempts: Attempts,
    token: str,
    new: str,
    settings: Settings,
    *,
    address: str | None,
    now: datetime,
) -> None:
    """Set the password by the secret of a link, once, and end every sign-in of the user.

    Raises `ResetRefused` for a link that is unknown, used or expired, without saying which.
    """
    with attempts.attempt(attempts.of_address("reset password", address)):
        hashed_token = hash_link_token(token)
        repository = enter_by_reset(session, hashed_token)
        if repository is None:
            raise ResetRefused
        hashed = hash_password(new)
        user_id = repository.use_reset(hashed_token, now=now)
        if user_id is None:
            raise ResetRefused
        user = repository.lock_user(user_id)
        if not user.is_active:
            raise ResetRefused
    repository.end_resets(user_id, now=now)
    end_all_sign_ins(session, user, now=now)
    gym = repository.get_gym()
    if gym is not None:
        session.refresh(gym)
    signed_in = SignedIn(user, gym)
    notice_change(session, signed_in, settings, now=now)
    store_hash(signed_in, hashed)
    forget_failures(attempts, user)
