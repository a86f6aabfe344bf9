from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKeyConstraint,
    Index,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.addresses import key_of_address
from db.base import AccountOwned, Base, Timestamps, is_key_of


class Role(StrEnum):
    SUPER_ADMIN = "super_admin"
    OWNER = "owner"
    ADMIN = "admin"
    TRAINER = "trainer"
    RECEPTIONIST = "receptionist"
    MEMBER = "member"


class User(Timestamps, Base):
    """Everyone who signs in. A super admin has no gym; an owner's hash is in `gyms`."""

    __tablename__ = "users"
    topic = None
    unaudited_columns = frozenset({"last_used_at"})  # that somebody was seen changes nothing
    __table_args__ = (
        UniqueConstraint("gym_id", "user_id"),
        ForeignKeyConstraint(["gym_id"], ["gyms.gym_id"]),
        UniqueConstraint("email_key"),
        UniqueConstraint("username_key"),
        CheckConstraint(is_key_of("email"), name="email_key_is_of_email"),
        CheckConstraint(is_key_of("username"), name="username_key_is_of_username"),
        CheckConstraint("(role = 'super_admin') = (gym_id IS NULL)", name="gym_unless_super_admin"),
        CheckConstraint("(role = 'owner') = (hashed_password IS NULL)", name="hash_unless_owner"),
        Index("uq_users_one_owner", "gym_id", unique=True, postgresql_where=text("role = 'owner'")),
        {"comment": "Everyone who signs in, with one role"},
    )

    user_id: Mapped[int] = mapped_column(primary_key=True)
    gym_id: Mapped[int | None] = mapped_column(comment="Empty for a super admin only")
    role: Mapped[Role] = mapped_column(comment="What the user may do")
    name: Mapped[str] = mapped_column(comment="Full name")
    email: Mapped[str] = mapped_column(comment="Sign-in address")
    email_key: Mapped[str] = mapped_column(
        Text(collation="C"),
        comment="The address as it is compared: no case and accents before the @, domain in ASCII",
    )
    username: Mapped[str | None] = mapped_column(comment="Sign-in name")
    username_key: Mapped[str | None] = mapped_column(
        Text(collation="C"), comment="The name as it is compared, without case and accents"
    )
    hashed_password: Mapped[str | None] = mapped_column(
        comment="argon2id; empty for the owner, whose hash is in gyms"
    )
    token_version: Mapped[int] = mapped_column(
        server_default="0", comment="Raised to end every access token at once"
    )
    is_active: Mapped[bool] = mapped_column(server_default="true", comment="May sign in")
    last_used_at: Mapped[datetime | None] = mapped_column(
        comment="When last seen, by a sign-in or a renewed token; late by minutes"
    )

    @validates("email", "username")
    def _keep_key(self, field: str, value: str | None) -> str | None:
        make_key = key_of_address if field == "email" else fold
        setattr(self, f"{field}_key", None if value is None else make_key(value))
        return value


class DashboardSession(AccountOwned, Base):
    """A browser that is signed in. The cookie holds the id, the table only its SHA-256."""

    __tablename__ = "sessions"
    topic = None
    unaudited = "each row says itself who signed in, and when it ended"
    __table_args__ = (
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        Index("ix_sessions_user_id", "user_id"),
        {"comment": "Dashboard sign-ins"},
    )

    session_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(comment="Who is signed in")
    token_hash: Mapped[str] = mapped_column(unique=True, comment="SHA-256 of the cookie's id, hex")
    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When signed in"
    )
    expires_at: Mapped[datetime] = mapped_column(comment="30 days after signing in")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="When signed out")
    last_used_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When last used, late by minutes"
    )
    program: Mapped[str | None] = mapped_column(
        comment="The browser or client, in words, as it calls itself"
    )
    system: Mapped[str | None] = mapped_column(
        comment="The operating system, in words, as the client calls it"
    )


class RefreshToken(AccountOwned, Base):
    """One use each: rotation marks `used_at`, and a second use revokes the whole family."""

    __tablename__ = "refresh_tokens"
    topic = None
    unaudited = "each row says itself whose it is, and when it was used"
    __table_args__ = (
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        Index("ix_refresh_tokens_family", "family"),
        {"comment": "API clients' refresh tokens, hashed and rotated"},
    )

    refresh_token_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(comment="Whose token")
    family: Mapped[UUID] = mapped_column(comment="All tokens that came from one sign-in")
    token_hash: Mapped[str] = mapped_column(unique=True, comment="SHA-256 of the token, hex")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="Issued")
    family_expires_at: Mapped[datetime] = mapped_column(comment="30 days after signing in")
    expires_at: Mapped[datetime] = mapped_column(comment="7 days idle, never past the family's")
    used_at: Mapped[datetime | None] = mapped_column(comment="When rotated")
    revoked_at: Mapped[datetime | None] = mapped_column(comment="When the family was ended")
    program: Mapped[str | None] = mapped_column(
        comment="The browser or client, in words, as it calls itself"
    )
    system: Mapped[str | None] = mapped_column(
        comment="The operating system, in words, as the client calls it"
    )
