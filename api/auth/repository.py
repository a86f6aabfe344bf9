"""SQL of signing in: whose a login or token is, users, sessions and refresh tokens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, literal, or_, select, union_all, update
from sqlalchemy.orm import Session

from api.kit.pagination import PageRequest
from api.kit.repository import Queries
from db.base import AnyRow
from db.models import DashboardSession, Gym, PasswordReset, RefreshToken, User
from db.session import GymSession
from db.types import GymId

USE_NOTED_EVERY = timedelta(minutes=5)


PLATFORM = 0
"""What the doors of db/functions.sql answer for a super admin, who has no gym."""


def enter_by_login(session: GymSession, key: str) -> "SignInRepository | None":
    """Enter where an address or username belongs, given as it is compared (`core.text.fold`)."""
    return _enter(session, session.scalar(select(func.gym_of_login(key))))


def enter_by_session(session: GymSession, hashed: str) -> "SignInRepository | None":
    return _enter(session, session.scalar(select(func.gym_of_session(hashed))))


def enter_by_refresh_token(session: GymSession, hashed: str) -> "SignInRepository | None":
    return _enter(session, session.scalar(select(func.gym_of_refresh_token(hashed))))


def enter_by_reset(session: GymSession, hashed: str) -> "SignInRepository | None":
    return _enter(session, session.scalar(select(func.gym_of_password_reset(hashed))))


def reserve_gym(session: GymSession) -> GymId:
    """Take the id of a gym to be, and enter it: the policies let its first rows in."""
    gym_id = GymId(session.scalars(select(func.nextval("gyms_gym_id_seq"))).one())
    session.enter_gym(gym_id)
    return gym_id


def _enter(session: GymSession, gym_id: int | None) -> "SignInRepository | None":
    if gym_id == PLATFORM and session.knows_platform:
        session.enter_platform()
        return SignInRepository(session, None)
    if not gym_id:
        return None
    session.enter_gym(GymId(gym_id))
    return SignInRepository(session, GymId(gym_id))


class AccountQueries(Queries):
    """SQL about the accounts of one gym, or of none: the super admins."""

    def __init__(self, session: Session, gym_id: GymId | None) -> None:
        super().__init__(session)
        self.gym_id = gym_id


def gym_of(account: User | DashboardSession) -> GymId | None:
    """Whose account it is: a gym's, or a super admin's."""
    return None if account.gym_id is None else GymId(account.gym_id)


class SignInRepository(AccountQueries):
    """Users, dashboard sessions and refresh tokens."""

    def get_gym(self) -> Gym | None:
        if self.gym_id is None:
            return None
        return self.session.scalars(select(Gym).where(Gym.gym_id == self.gym_id)).one()

    def find_by_login(self, key: str) -> User | None:
        """By address first, as `gym_of_login` does."""
        address = User.email_key == key
        return self.session.scalars(
            select(User)
            .where(User.gym_id == self.gym_id, or_(address, User.username_key == key))
            .order_by(address.desc())
            .limit(1)
        ).one_or_none()

    def get_user(self, user_id: int) -> User:
        return self.session.scalars(
            select(User).where(User.gym_id == self.gym_id, User.user_id == user_id)
        ).one()

    def lock_user(self, user_id: int) -> User:
        """Read a user again and lock the row: sign-in, sign-out and rotation are serialised on
        it."""
        return self.session.scalars(
            select(User)
            .where(User.gym_id == self.gym_id, User.user_id == user_id)
            .with_for_update(key_share=True)
            .execution_options(populate_existing=True)
        ).one()

    def note_use(self, user: User, *, now: datetime) -> None:
        """That the user was here. Not each time: what only reads should not write."""
        if user.last_used_at is None or user.last_used_at <= now - USE_NOTED_EVERY:
            self.session.execute(
                update(User)
                .where(User.gym_id == self.gym_id, User.user_id == user.user_id)
                .values(last_used_at=now)
            )

    def find_session(self, hashed: str, *, now: datetime) -> DashboardSession | None:
        return self.session.scalars(
            select(DashboardSession).where(
                DashboardSession.gym_id == self.gym_id,
                DashboardSession.token_hash == hashed,
                DashboardSession.revoked_at.is_(None),
                DashboardSession.expires_at > now,
            )
        ).one_or_none()

    def revoke_sessions(
        self, user_id: int, *, now: datetime, only: int | None = None, keep: int | None = None
    ) -> bool:
        """End a user's dashboard sessions: all, `only` this one, or all but `keep`. Whether any
        still lived."""
        statement = update(DashboardSession).where(
            DashboardSession.gym_id == self.gym_id,
            DashboardSession.user_id == user_id,
            DashboardSession.revoked_at.is_(None),
        )
        if only is not None:
            statement = statement.where(DashboardSession.session_id == only)
        if keep is not None:
            statement = statement.where(DashboardSession.session_id != keep)
        ended = statement.values(revoked_at=now).returning(DashboardSession.session_id)
        return bool(self.session.scalars(ended).all())

    def note_use_of_session(
        self, session_id: int, last_used_at: datetime, *, now: datetime
    ) -> None:
        if last_used_at <= now - USE_NOTED_EVERY:
            self.session.execute(
                update(DashboardSession)
                .where(
                    DashboardSession.gym_id == self.gym_id,
                    DashboardSession.session_id == session_id,
                )
                .values(last_used_at=now)
            )

    def list_sign_ins(
        self, user_id: int, page: PageRequest, *, now: datetime
    ) -> tuple[Sequence[AnyRow], int]:
        """Live dashboard sessions and families of refresh tokens, the last used first.

        A family has the id of its first token, and was last used when its last one was made.
        """
        browsers = select(
            literal("dashboard").label("kind"),
            DashboardSession.session_id.label("id"),
            DashboardSession.program,
            DashboardSession.system,
            DashboardSession.created_at.label("signed_in_at"),
            DashboardSession.last_used_at,
        ).where(
            DashboardSession.gym_id == self.gym_id,
            DashboardSession.user_id == user_id,
            DashboardSession.revoked_at.is_(None),
            DashboardSession.expires_at > now,
        )
        clients = (
            select(
                literal("client"),
                func.min(RefreshToken.refresh_token_id),
                func.max(RefreshToken.program),
                func.max(RefreshToken.system),
                func.min(RefreshToken.created_at),
                func.max(RefreshToken.created_at),
            )
            .where(RefreshToken.gym_id == self.gym_id, RefreshToken.user_id == user_id)
            .group_by(RefreshToken.family)
            .having(
                func.bool_or(
                    RefreshToken.revoked_at.is_(None)
                    & RefreshToken.used_at.is_(None)
                    & (RefreshToken.expires_at > now)
                )
            )
        )
        places = union_all(browsers, clients).subquery()
        newest = (places.c.last_used_at.desc(), places.c.kind, places.c.id.desc())
        return self.paginate_rows(select(places).order_by(*newest), page, counted=places)

    def find_family(self, user_id: int, refresh_token_id: int) -> UUID | None:
        """Of a token that has not been revoked."""
        return self.session.scalar(
            select(RefreshToken.family).where(
                RefreshToken.gym_id == self.gym_id,
                RefreshToken.user_id == user_id,
                RefreshToken.refresh_token_id == refresh_token_id,
                RefreshToken.revoked_at.is_(None),
            )
        )

    def has_reset_since(self, user_id: int, moment: datetime) -> bool:
        found = select(PasswordReset.reset_id).where(
            PasswordReset.gym_id == self.gym_id,
            PasswordReset.user_id == user_id,
            PasswordReset.created_at > moment,
        )
        return self.session.scalar(found.limit(1)) is not None

    def use_reset(self, hashed: str, *, now: datetime) -> int | None:
        """Use up a link: of many at once, one is. Returns whose it is."""
        return self.session.scalar(
            update(PasswordReset)
            .where(
                PasswordReset.gym_id == self.gym_id,
                PasswordReset.token_hash == hashed,
                PasswordReset.used_at.is_(None),
                PasswordReset.expires_at > now,
            )
            .values(used_at=now)
            .returning(PasswordReset.user_id)
        )

    def end_resets(self, user_id: int, *, now: datetime) -> None:
        self.session.execute(
            update(PasswordReset)
            .where(
                PasswordReset.gym_id == self.gym_id,
                PasswordReset.user_id == user_id,
                PasswordReset.used_at.is_(None),
            )
            .values(used_at=now)
        )

    def find_refresh_token(self, hashed: str) -> RefreshToken | None:
        return self.session.scalars(
            select(RefreshToken)
            .where(RefreshToken.gym_id == self.gym_id, RefreshToken.token_hash == hashed)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def use_refresh_token(self, hashed: str, *, now: datetime) -> RefreshToken | None:
        """Mark a live token as used; None when there was nothing left to use."""
        return self.session.scalars(
            update(RefreshToken)
            .where(
                RefreshToken.gym_id == self.gym_id,
                RefreshToken.token_hash == hashed,
                RefreshToken.used_at.is_(None),
                RefreshToken.revoked_at.is_(None),
                RefreshToken.expires_at > now,
                RefreshToken.family_expires_at > now,
            )
            .values(used_at=now)
            .returning(RefreshToken)
            .execution_options(populate_existing=True)
        ).one_or_none()

    def revoke_refresh_tokens(
        self, user_id: int, *, now: datetime, family: UUID | None = None
    ) -> bool:
        """End one family of a user's refresh tokens, or all of them; whether any still lived."""
        statement = update(RefreshToken).where(
            RefreshToken.gym_id == self.gym_id,
            RefreshToken.user_id == user_id,
            RefreshToken.revoked_at.is_(None),
        )
        if family is not None:
            statement = statement.where(RefreshToken.family == family)
        ended = self.session.scalars(
            statement.values(revoked_at=now).returning(RefreshToken.refresh_token_id)
        )
        return bool(ended.all())
