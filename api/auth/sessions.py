"""Dashboard sessions: an opaque id in an HttpOnly cookie, exchanged for short access tokens."""

from datetime import datetime, timedelta

from api.auth.errors import SessionEnded
from api.auth.repository import SignInRepository, enter_by_session, gym_of
from api.auth.secrets import hash_secret, make_secret
from core.devices import UNKNOWN_DEVICE, Device
from db.models import DashboardSession, Gym, User
from db.session import GymSession

LIFETIME = timedelta(days=30)


def open_session(
    session: GymSession, user: User, *, now: datetime, device: Device = UNKNOWN_DEVICE
) -> str:
    """Store a session's hash and return the id for the cookie."""
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
    SignInRepository(session, gym_of(user)).note_use(user, now=now)
    return secret


def read_session(
    session: GymSession, secret: str, *, now: datetime
) -> tuple[DashboardSession, User, Gym | None]:
    """A session with its user, and the gym of one who has a gym. Raises `SessionEnded`."""
    hashed = hash_secret(secret)
    repository = enter_by_session(session, hashed)
    if repository is None:
        raise SessionEnded
    found = repository.find_session(hashed, now=now)
    if found is None:
        raise SessionEnded
    user = repository.get_user(found.user_id)
    if not user.is_active:
        raise SessionEnded
    return found, user, repository.get_gym()


def exchange_session(
    session: GymSession, secret: str, *, now: datetime
) -> tuple[DashboardSession, User, Gym | None]:
    """The same, for an access token: it is being used. Raises `SessionEnded`."""
    found, user, gym = read_session(session, secret, now=now)
    repository = SignInRepository(session, gym_of(found))
    repository.note_use(user, now=now)
    repository.note_use_of_session(found.session_id, found.last_used_at, now=now)
    return found, user, gym


def revoke_session(session: GymSession, secret: str, *, now: datetime) -> None:
    """End a session. One that has ended already is left as it is: signing out twice is no error."""
    try:
        found, user, _gym = read_session(session, secret, now=now)
    except SessionEnded:
        return
    SignInRepository(session, gym_of(found)).revoke_sessions(
        user.user_id, now=now, only=found.session_id
    )
