"""Dashboard sessions: an opaque id in an HttpOnly cookie, exchanged for short access tokens."""

from datetime import datetime, timedelta

from api.auth.errors import SessionEnded
from api.auth.repository import SignInRepository, find_gym_of_session
from api.auth.secrets import hash_secret, make_secret
from core.devices import UNKNOWN_DEVICE, Device
from db.models import DashboardSession, Gym, User
from db.session import GymSession
from db.types import GymId

LIFETIME = timedelta(days=30)


def open_session(
    session: GymSession, user: User, *, now: datetime, device: Device = UNKNOWN_DEVICE
) -> str:
    """Store a session's hash and return the id for the cookie."""
    assert user.gym_id is not None, "a super admin has no dashboard"
    secret = make_secret()
    session.add(
        DashboardSession(
            gym_id=user.gym_id,
            user_id=user.user_id,
            token_hash=hash_secret(secret),
            created_at=now,
            last_used_at=now,
            expires_at=now + LIFETIME,
            program=device.program,
            system=device.system,
        )
    )
    session.flush()
    SignInRepository(session, user.gym_id).note_use(user, now=now)
    return secret


def read_session(
    session: GymSession, secret: str, *, now: datetime
) -> tuple[DashboardSession, User, Gym]:
    """A session with its user and gym. Raises `SessionEnded`."""
    hashed = hash_secret(secret)
    gym_id = find_gym_of_session(session, hashed)
    if gym_id is None:
        raise SessionEnded
    repository = SignInRepository(session, gym_id)
    found = repository.find_session(hashed, now=now)
    if found is None:
        raise SessionEnded
    user = repository.get_user(found.user_id)
    if not user.is_active:
        raise SessionEnded
    return found, user, repository.get_gym()


def exchange_session(
    session: GymSession, secret: str, *, now: datetime
) -> tuple[DashboardSession, User, Gym]:
    """The same, for an access token: it is being used. Raises `SessionEnded`."""
    found, user, gym = read_session(session, secret, now=now)
    repository = SignInRepository(session, found.gym_id)
    repository.note_use(user, now=now)
    repository.note_use_of_session(found.session_id, found.last_used_at, now=now)
    return found, user, gym


def revoke_session(session: GymSession, secret: str, *, now: datetime) -> None:
    """End a session. One that has ended already is left as it is: signing out twice is no error."""
    try:
        found, user, _gym = read_session(session, secret, now=now)
    except SessionEnded:
        return
    SignInRepository(session, GymId(found.gym_id)).revoke_sessions(
        user.user_id, now=now, only=found.session_id
    )
