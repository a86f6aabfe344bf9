from datetime import datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.models.notification import Channel


class Purpose(StrEnum):
    """What a notification is for; consent to one says nothing about another."""

    BILLING = "billing"
    RETENTION = "retention"


class Consent(StrEnum):
    GIVEN = "given"
    REFUSED = "refused"


class MemberConsent(GymOwned, Base):
    """Whether a member agreed to be reached by a channel for a purpose.

    Retention mail is not here: it has more than yes and no, and belongs to an address
    (`customers.email_consent`, `unsubscribed_addresses`).
    """

    __tablename__ = "member_consents"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "recorded_by"], ["users.gym_id", "users.user_id"]),
        CheckConstraint(
            "channel <> 'email' OR purpose <> 'retention'", name="retention_mail_is_elsewhere"
        ),
        {"comment": "What members agreed to, but for retention mail"},
    )

    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Whose")
    channel: Mapped[Channel] = mapped_column(primary_key=True, comment="By which way")
    purpose: Mapped[Purpose] = mapped_column(primary_key=True, comment="What for")
    consent: Mapped[Consent] = mapped_column(comment="What the member said")
    recorded_at: Mapped[datetime] = mapped_column(comment="Since when")
    recorded_by: Mapped[int] = mapped_column(comment="The user who wrote it down")
