"""What a super admin does with gyms. Nothing in here reads what is in them, but how much."""

from datetime import datetime, timedelta

from api.auth.forgotten_passwords import mail_password_link
from api.auth.notifications import OWNER_INVITATION
from api.auth.passwords import hash_password
from api.auth.secrets import make_secret
from api.auth.service import make_gym
from api.gyms.repository import GymRepository
from api.gyms.schemas import GymCreate, GymItem, SuspendRequest
from api.kit.pagination import Page, PageRequest
from api.kit.settings import Settings
from db.base import AnyRow
from db.models import Gym
from db.session import GymSession
from db.types import GymId

LINK_LIFETIME = timedelta(days=3)


def list_page(
    session: GymSession, page: PageRequest, *, search: str | None, is_suspended: bool | None
) -> Page[GymItem]:
    rows, total = GymRepository(session).list_page(page, search=search, is_suspended=is_suspended)
    return Page[GymItem].of([_to_item(row) for row in rows], total, page)


def read(session: GymSession, gym_id: int) -> GymItem:
    """Raises `GymNotFound`."""
    return _to_item(GymRepository(session).get_row(gym_id))


def create(session: GymSession, data: GymCreate, settings: Settings, *, now: datetime) -> GymItem:
    """Make a gym and invite its owner. Until they choose a password, nobody has one.

    Raises `EmailNotConfigured`, `NameTaken` and `TimeZoneRefused`.
    """
    made = make_gym(session, data, hash_password(make_secret()))
    assert made.gym_id is not None
    mail_password_link(
        session,
        made.gym_id,
        made.user,
        settings,
        kind=OWNER_INVITATION,
        lifetime=LINK_LIFETIME,
        now=now,
    )
    return read(session, made.gym_id)


def suspend(session: GymSession, gym_id: int, data: SuspendRequest, *, now: datetime) -> GymItem:
    """From now on the gym is only read. One that is suspended stays so, for this reason.

    Raises `GymNotFound`.
    """
    gym = _enter(session, gym_id)
    gym.suspended_at = gym.suspended_at or now
    gym.suspended_reason = data.reason
    session.flush()
    return read(session, gym_id)


def resume(session: GymSession, gym_id: int) -> GymItem:
    """Let the gym go on. Raises `GymNotFound`."""
    gym = _enter(session, gym_id)
    gym.suspended_at = gym.suspended_reason = None
    session.flush()
    return read(session, gym_id)


def _enter(session: GymSession, gym_id: int) -> Gym:
    """What is changed here stands in the gym's own audit log."""
    gym = GymRepository(session).lock(gym_id)
    session.enter_gym(GymId(gym.gym_id))
    return gym


def _to_item(row: AnyRow) -> GymItem:
    gym: Gym = row.Gym
    return GymItem(
        gym_id=gym.gym_id,
        name=gym.name,
        email=gym.email,
        username=gym.username,
        timezone=gym.timezone,
        currency=gym.currency,
        members=row.members,
        created_at=gym.created_at,
        owner_seen_at=row.owner_seen_at,
        suspended_at=gym.suspended_at,
        suspended_reason=gym.suspended_reason,
    )
