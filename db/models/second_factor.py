from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import AccountOwned, Base


class SecondFactor(AccountOwned, Base):
    """An app on somebody's phone that shows codes, asked for when they sign in once confirmed."""

    __tablename__ = "second_factors"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        {"comment": "Apps that show codes for signing in"},
    )

    user_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, comment="Whose")
    sealed_secret: Mapped[str] = mapped_column(
        comment="What the codes are made from, sealed for this row"
    )
    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When the secret was shown"
    )
    confirmed_at: Mapped[datetime | None] = mapped_column(
        comment="When a code of it was given; before, signing in asks for none"
    )
    last_step: Mapped[int | None] = mapped_column(
        comment="Of the last code that was used, in steps of 30 seconds: no code is used twice"
    )


class RecoveryCode(AccountOwned, Base):
    """What is given in place of a code when the phone is lost. One use each."""

    __tablename__ = "recovery_codes"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        UniqueConstraint("user_id", "code_hash"),
        {"comment": "What replaces a lost second factor"},
    )

    recovery_code_id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(comment="Whose")
    code_hash: Mapped[str] = mapped_column(comment="SHA-256 of the code, hex")
    used_at: Mapped[datetime | None] = mapped_column(comment="When it was used")
