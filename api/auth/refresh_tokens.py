"""Refresh tokens of API clients: one use each, and a second use ends all that the sign-in gave.

A client that sends one token twice at the same time signs itself out. That is deliberate (RFC
9700): such a client cannot be distinguished from a thief. Browsers use dashboard sessions instead.
"""

from datetime import datetime, timedelta
from uuid import UUID, uuid4

from api.auth.errors import RefreshTokenRefused
from api.auth.repository import SignInRepository, enter_by_refresh_token, gym_of
from api.auth.secrets import hash_secret, make_secret
from core.devices import UNKNOWN_DEVICE, Device
from db.models import RefreshToken, User
from db.session import GymSession

FAMILY_LIFETIME = timedelta(days=30)
IDLE_LIFETIME = timedelta(days=7)


def issue_refresh_token(
    session: GymSession,
    user: User,
    *,
    now: datetime,
    family: UUID | None = None,
    family_expires_at: datetime | None = None,
    device: Device = UNKNOWN_DEVICE,
) -> str:
    """Store a token's hash and return the token. Without a family it starts one."""
    ends = family_expires_at or now + FAMILY_LIFETIME
    secret = make_secret()
    session.add(
        RefreshToken(
            gym_id=user.gym_id,
            user_id=user.user_id,
            family=family or uuid4(),
            token_hash=hash_secret(secret),
            family_expires_at=ends,
            created_at=now,
            expires_at=min(now + IDLE_LIFETIME, ends),
            program=device.program,
            system=device.system,
        )
    )
    session.flush()
    SignInRepository(session, gym_of(user)).note_use(user, now=now)
    return secret


def rotate_refresh_token(session: GymSession, secret: str, *, now: datetime) -> tuple[User, str]:
    """Exchange a token for its successor. Raises `RefreshTokenRefused`."""
    hashed = hash_secret(secret)
    repository = enter_by_refresh_token(session, hashed)
    if repository is None:
        raise RefreshTokenRefused
    known = repository.find_refresh_token(hashed)
    if known is None:
        raise RefreshTokenRefused
    # Every change of a user's tokens locks the user's row: otherwise a family could be ended while
    # its newest token is being made, and is not visible yet.
    user = repository.lock_user(known.user_id)
    token = repository.use_refresh_token(hashed, now=now)
    if token is None:
        if _is_used(repository, hashed):
            end_family(repository, user, known.family, now=now)
        raise RefreshTokenRefused
    if not user.is_active:
        repository.revoke_refresh_tokens(user.user_id, now=now)
        raise RefreshTokenRefused
    successor = issue_refresh_token(
        session,
        user,
        now=now,
        family=token.family,
        family_expires_at=token.family_expires_at,
        device=Device(token.program, token.system),
    )
    return user, successor


def end_family(repository: SignInRepository, user: User, family: UUID, *, now: datetime) -> None:
    """End every token that came from one sign-in, access tokens included. Holds the user's row.

    An access token cannot be taken back one by one: those of the user's other sign-ins end as well,
    and are renewed. A family that has ended ends nothing more, however often it is replayed.
    """
    if repository.revoke_refresh_tokens(user.user_id, now=now, family=family):
        user.token_version += 1


def _is_used(repository: SignInRepository, hashed: str) -> bool:
    token = repository.find_refresh_token(hashed)
    return token is not None and token.used_at is not None
