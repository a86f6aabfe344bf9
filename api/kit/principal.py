"""The person behind a request, read from the database on every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select

from api.kit.access_tokens import AccessClaims
from api.kit.errors import Unauthorized
from core.translation import t
from db.cache_version import select_versions
from db.models import DashboardSession, Gym, Role, User
from db.session import GymSession
from db.topics import Topic
from db.types import GymId


@dataclass(frozen=True)
class Principal:
    """The caller, their gym and role. `session_id` is set for the dashboard only.

    `versions` are those of the gym's rows in the snapshot of the request, by topic.
    """

    user: User
    gym: Gym
    role: Role
    session_id: int | None
    versions: Mapping[str, int] = field(default_factory=dict)

    @property
    def gym_id(self) -> GymId:
        return GymId(self.gym.gym_id)

    @property
    def user_id(self) -> int:
        return self.user.user_id


def load_principal(session: GymSession, claims: AccessClaims, *, now: datetime) -> Principal:
    """Read the caller from the database, so that a role taken away or a sign-out counts at once.

    Raises `Unauthorized` when the user is gone, inactive, signed out everywhere, or the dashboard
    session the token came from has ended.
    """
    session.enter_gym(GymId(claims.gym_id))
    versions = select_versions()
    row = session.execute(
        select(User, Gym, versions)
        .join(Gym, Gym.gym_id == User.gym_id)
        .outerjoin(versions, versions.c.gym_id == Gym.gym_id)
        .where(User.user_id == claims.user_id, User.gym_id == claims.gym_id)
    ).one_or_none()
    if row is None or not row.User.is_active or row.User.token_version != claims.token_version:
        raise Unauthorized(t("This sign-in has ended. Sign in again."))
    if claims.session_id is not None and not session.scalar(
        select(
            select(DashboardSession)
            .where(
                DashboardSession.session_id == claims.session_id,
                DashboardSession.user_id == claims.user_id,
                DashboardSession.revoked_at.is_(None),
                DashboardSession.expires_at > now,
            )
            .exists()
        )
    ):
        raise Unauthorized(t("This sign-in has ended. Sign in again."))
    read = {str(topic): row._mapping[topic] or 0 for topic in Topic}
    return Principal(row.User, row.Gym, row.User.role, claims.session_id, read)
