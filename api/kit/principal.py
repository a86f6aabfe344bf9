"""The person behind a request, read from the database on every request."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnClause, column, select, text, true
from sqlalchemy.dialects.postgresql import JSONB

from api.kit.access_tokens import AccessClaims
from api.kit.errors import Unauthorized
from core.translation import t
from db.actor import Actor
from db.models import DashboardSession, Gym, Role, User
from db.session import GymSession
from db.types import GymId

SIGN_IN_ENDED = t("This sign-in has ended. Sign in again.")
_COLUMNS = {
    "caller": list(User.__table__.columns),
    "gym": list(Gym.__table__.columns),
}
_NAMES = ", ".join(
    f'(begun.{row})."{one.name}"' for row, columns in _COLUMNS.items() for one in columns
)
_VERSIONS: ColumnClause[Mapping[str, int]] = column("versions", JSONB)
_BEGIN_REQUEST = select(User, Gym, _VERSIONS).from_statement(
    text(
        f"select {_NAMES}, versions from begin_request(:gym_id, :user_id, :token_version,"  # noqa: S608
        " :session_id, :now, :request_id, :address, :is_exempt) begun"
    ).columns(*(one for columns in _COLUMNS.values() for one in columns), _VERSIONS)
)


@dataclass(frozen=True)
class Principal:
    """The caller, their gym and role. `session_id` is set for the dashboard only.

    `versions` are those of the gym's rows in the snapshot of the request, by topic.
    With `is_suspended` the transaction is read-only: the gym is, and the request not exempt.
    """

    user: User
    gym: Gym
    role: Role
    session_id: int | None
    versions: Mapping[str, int] = field(default_factory=dict)
    is_suspended: bool = False

    @property
    def gym_id(self) -> GymId:
        return GymId(self.gym.gym_id)

    @property
    def user_id(self) -> int:
        return self.user.user_id


@dataclass(frozen=True)
class SuperAdmin:
    """A caller who runs the platform: of no gym, in a session that sees every gym."""

    user: User
    session_id: int | None
    gym: None = None
    gym_id: None = None
    role: Role = Role.SUPER_ADMIN

    @property
    def user_id(self) -> int:
        return self.user.user_id


Caller = Principal | SuperAdmin
"""Whoever has signed in."""


def load_super_admin(
    session: GymSession,
    claims: AccessClaims,
    *,
    now: datetime,
    request_id: str | None = None,
    address: str | None = None,
) -> SuperAdmin:
    """As `load_principal` does it, in a session of the role that sees every gym: what they write in
    a gym once they have entered it (`GymSession.enter_gym`), that gym's audit log keeps."""
    if not session.knows_platform:
        raise Unauthorized(SIGN_IN_ENDED)
    session.enter_platform()
    lives = select(DashboardSession.session_id).where(
        DashboardSession.session_id == claims.session_id,
        DashboardSession.user_id == User.user_id,
        DashboardSession.revoked_at.is_(None),
        DashboardSession.expires_at > now,
    )
    user = session.scalars(
        select(User).where(
            User.role == Role.SUPER_ADMIN,
            User.user_id == claims.user_id,
            User.token_version == claims.token_version,
            User.is_active,
            true() if claims.session_id is None else lives.exists(),
        )
    ).one_or_none()
    if user is None:
        raise Unauthorized(SIGN_IN_ENDED)
    session.info["actor"] = Actor(user.name, user.user_id, request_id, address)
    return SuperAdmin(user, claims.session_id)


def load_principal(
    session: GymSession,
    claims: AccessClaims,
    *,
    now: datetime,
    request_id: str | None = None,
    address: str | None = None,
    is_exempt: bool = False,
) -> Principal:
    """Enter the caller's gym, and read who they are from the database, so that a role taken away or
    a sign-out counts at once. One round trip: `begin_request` in db/functions.sql.

    In a suspended gym the transaction is read-only, unless it `is_exempt`: it writes the caller's
    own account, or that they read what is guarded. Raises `Unauthorized` when the user is gone,
    inactive, signed out everywhere, or the dashboard session the token came from has ended.
    """
    row = session.execute(
        _BEGIN_REQUEST,
        {
            "gym_id": claims.gym_id,
            "user_id": claims.user_id,
            "token_version": claims.token_version,
            "session_id": claims.session_id,
            "now": now,
            "request_id": request_id,
            "address": address,
            "is_exempt": is_exempt,
        },
    ).one_or_none()
    if row is None:
        raise Unauthorized(SIGN_IN_ENDED)
    user, gym, versions = row
    is_suspended = gym.suspended_at is not None and not is_exempt
    session.note_entered(
        GymId(gym.gym_id),
        Actor(user.name, user.user_id, request_id, address),
        is_suspended=is_suspended,
    )
    return Principal(user, gym, user.role, claims.session_id, versions, is_suspended)
