from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, ColumnElement, UniqueConstraint, select
from sqlalchemy.orm import Mapped, mapped_column

from core.translation import Language
from db.base import Base, Timestamps
from db.topics import Topic


class Gym(Timestamps, Base):
    """A tenant. The owner's password hash lives here, beside the names the owner signs in with."""

    __tablename__ = "gyms"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("username"),
        UniqueConstraint("email"),
        CheckConstraint("currency ~ '^[A-Z]{3}$'", name="currency_code"),
        CheckConstraint(
            "(suspended_at IS NULL) = (suspended_reason IS NULL)", name="suspended_for_a_reason"
        ),
        CheckConstraint("brand_colour ~ '^#[0-9a-f]{6}$'", name="brand_colour_code"),
        CheckConstraint("mail_pause_days BETWEEN 1 AND 90", name="mail_pause_days_in_bounds"),
        CheckConstraint("absence_days BETWEEN 7 AND 40", name="absence_days_in_bounds"),
        CheckConstraint("absence_gaps BETWEEN 2 AND 5", name="absence_gaps_in_bounds"),
        CheckConstraint("debt_grace_days BETWEEN 0 AND 365", name="debt_grace_days_in_bounds"),
        CheckConstraint("mail_daily_limit > 0", name="mail_daily_limit_positive"),
        {"comment": "Registered gyms and their owners' sign-in"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(comment="Gym name, as members know it")
    username: Mapped[str] = mapped_column(comment="Owner's sign-in name, as in users")
    email: Mapped[str] = mapped_column(comment="Owner's sign-in address, as in users")
    hashed_password: Mapped[str] = mapped_column(comment="Owner's password, argon2id")
    address: Mapped[str | None] = mapped_column(comment="Postal address")
    phone: Mapped[str | None] = mapped_column(comment="Contact number")
    reply_to: Mapped[str | None] = mapped_column(
        comment="Where members' answers go; the owner's address when empty"
    )
    timezone: Mapped[str] = mapped_column(
        server_default="UTC", comment="IANA name; today and local times follow it"
    )
    currency: Mapped[str] = mapped_column(
        server_default="EUR", comment="ISO 4217; fixed after the first transaction"
    )
    language: Mapped[Language] = mapped_column(
        server_default=Language.ENGLISH, comment="Of its mails, reports and pages for members"
    )
    brand_colour: Mapped[str | None] = mapped_column(
        comment="Of its mails, papers and charts, as #rrggbb; empty: the platform's"
    )
    is_demo: Mapped[bool] = mapped_column(
        server_default="false", comment="Made by demo seeding; never in production"
    )
    mails_daily_report: Mapped[bool] = mapped_column(
        server_default="false", comment="The owner gets the daily attendance report by mail"
    )
    sends_payment_reminders: Mapped[bool] = mapped_column(
        server_default="false", comment="Members are reminded of a payment that is due"
    )
    enforces_access: Mapped[bool] = mapped_column(
        server_default="false",
        comment="The desk refuses who may not enter; false: it is only warned",
    )
    debt_grace_days: Mapped[int] = mapped_column(
        server_default="7",
        comment="Days for which who has not paid may still enter, from the first unpaid one",
    )
    absence_days: Mapped[int] = mapped_column(
        server_default="14", comment="Days without a visit after which a member is at risk"
    )
    absence_gaps: Mapped[int] = mapped_column(
        server_default="3", comment="Times their usual gap that it has to be as well"
    )
    mail_pause_days: Mapped[int] = mapped_column(
        server_default="7",
        comment="Days between two campaign mails to one member and to one address",
    )
    mail_daily_limit: Mapped[int | None] = mapped_column(
        comment="Campaign mails in 24 hours at most; empty: as many as the platform allows"
    )
    suspended_at: Mapped[datetime | None] = mapped_column(
        comment="Since when it is only read and exported; empty for a gym that is not suspended"
    )
    suspended_reason: Mapped[str | None] = mapped_column(comment="Why, as its people are told")

    @property
    def mail_pause(self) -> timedelta:
        """At most one retention mail to a member and to an address within this time."""
        return timedelta(days=self.mail_pause_days)


def is_running(gym_id: int) -> ColumnElement[bool]:
    """That the gym is not suspended: the condition of whatever the platform does for it unasked."""
    return select(Gym).where(Gym.gym_id == gym_id, Gym.suspended_at.is_(None)).exists()
