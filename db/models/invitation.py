from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from db.addresses import key_of_address
from db.base import Base, GymOwned, is_key_of
from db.models.user import Role


class Invitation(GymOwned, Base):
    """A link mailed to somebody who is to sign in at a gym, with the role they will have.

    Nobody can sign in before it is accepted: there is no user until then, and so no password.
    """

    __tablename__ = "invitations"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "invitation_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "invited_by"], ["users.gym_id", "users.user_id"]),
        CheckConstraint(is_key_of("email"), name="email_key_is_of_email"),
        CheckConstraint("role NOT IN ('super_admin','owner')", name="role_can_be_invited"),
        CheckConstraint("(role = 'member') = (customer_id IS NOT NULL)", name="role_fits_member"),
        CheckConstraint("accepted_at IS NULL OR revoked_at IS NULL", name="ends_once"),
        Index(
            "uq_invitations_open",
            "gym_id",
            "email_key",
            unique=True,
            postgresql_where=text("accepted_at IS NULL AND revoked_at IS NULL"),
        ),
        {"comment": "Who was invited to sign in, and what became of it"},
    )

    invitation_id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(comment="Where the link is mailed to, and who signs in")
    email_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The address as it is compared, see users.email_key"
    )
    role: Mapped[Role] = mapped_column(comment="What they may do once they accept")
    member_id: Mapped[int | None] = mapped_column(
        "customer_id", comment="Which member the account is of, for the role member only"
    )
    token_hash: Mapped[str] = mapped_column(
        unique=True, comment="SHA-256 of the token in the link, hex"
    )
    invited_by: Mapped[int] = mapped_column(comment="The user who invited")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")
    expires_at: Mapped[datetime] = mapped_column(comment="When the link ends")
    accepted_at: Mapped[datetime | None] = mapped_column(comment="When the link was used")
    revoked_at: Mapped[datetime | None] = mapped_column(
        comment="When it was taken back, or another one was mailed to the address"
    )

    @validates("email")
    def _keep_email_key(self, _: str, email: str) -> str:
        self.email_key = key_of_address(email)
        return email
