from datetime import date, datetime
from enum import StrEnum

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
from db.base import Base, GymOwned, MemberFact, Timestamps, is_key_of
from db.topics import Topic


class MemberStatus(StrEnum):
    ACTIVE = "active"
    FROZEN = "frozen"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class Standing(StrEnum):
    """What the gym has the row for. Only a `MEMBER` is counted, listed unasked and written to."""

    MEMBER = "member"
    STAFF = "staff"
    GUEST = "guest"
    ARCHIVED = "archived"
    ERASED = "erased"
    MERGED = "merged"


NOT_MEMBERS = (Standing.STAFF, Standing.GUEST)
"""In the door log, and never a member: in no figure about members, also none of the past."""


class EmailConsent(StrEnum):
    """Why the gym may write. Only `GIVEN` and `LAWFUL_BASIS` allow a retention mail."""

    UNKNOWN = "unknown"
    GIVEN = "given"
    LAWFUL_BASIS = "lawful_basis"
    REFUSED = "refused"
    UNSUBSCRIBED = "unsubscribed"


class Member(MemberFact, GymOwned, Timestamps, Base):
    """A person who trains. `status` and `plan_id` are caches of the membership intervals."""

    __tablename__ = "customers"
    topic = Topic.MEMBERS
    unaudited_columns = frozenset({"status", "package_id"})  # caches of their memberships
    __table_args__ = (
        UniqueConstraint("gym_id", "customer_id"),
        ForeignKeyConstraint(["gym_id", "package_id"], ["packages.gym_id", "packages.package_id"]),
        ForeignKeyConstraint(["gym_id", "trainer_id"], ["trainers.gym_id", "trainers.trainer_id"]),
        ForeignKeyConstraint(["gym_id", "import_id"], ["imports.gym_id", "imports.import_id"]),
        ForeignKeyConstraint(
            ["gym_id", "merged_into"], ["customers.gym_id", "customers.customer_id"]
        ),
        CheckConstraint("name <> ''", name="name_not_empty"),
        CheckConstraint(
            "(standing = 'merged') = (merged_into IS NOT NULL)", name="merged_leads_on"
        ),
        Index(
            "ix_customers_gym_id_merged_into",
            "gym_id",
            "merged_into",
            postgresql_where=text("merged_into IS NOT NULL"),
        ),
        CheckConstraint(is_key_of("email"), name="email_key_is_of_email"),
        CheckConstraint(is_key_of("name"), name="name_key_is_of_name"),
        # A gym's own key for a person: an import finds its members by it, so it is unique.
        Index(
            "uq_customers_gym_id_number",
            "gym_id",
            "number",
            unique=True,
            postgresql_where=text("number IS NOT NULL"),
        ),
        Index("ix_customers_gym_id_email_key", "gym_id", "email_key"),
        Index("ix_customers_gym_id_name_key", "gym_id", "name_key", "customer_id"),
        {"comment": "Gym members"},
    )

    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True)
    number: Mapped[str | None] = mapped_column(
        comment="The gym's own number or key for the member, as on the card"
    )
    name: Mapped[str] = mapped_column(comment="Full name")
    name_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The name as it is compared and sorted: no case, no accents"
    )
    email: Mapped[str | None] = mapped_column(comment="Address for mail")
    email_key: Mapped[str | None] = mapped_column(
        Text(collation="C"),
        comment="The address as it is compared: no case and accents before the @, domain in ASCII",
    )
    phone: Mapped[str | None] = mapped_column(comment="Phone number, as it was typed")
    phone_e164: Mapped[str | None] = mapped_column(
        comment="The same as E.164 writes it; empty where it cannot be dialled from anywhere"
    )
    address: Mapped[str | None] = mapped_column(comment="Where the member lives")
    emergency_contact: Mapped[str | None] = mapped_column(comment="Name of who is called for them")
    emergency_phone: Mapped[str | None] = mapped_column(comment="The number to call")
    emergency_relation: Mapped[str | None] = mapped_column(
        comment="Who that is to the member, in their words"
    )
    birth_date: Mapped[date | None] = mapped_column(comment="Birth date")
    gender: Mapped[str | None] = mapped_column(comment="As the member states it")
    join_date: Mapped[date] = mapped_column(comment="First day as a member, gym's local day")
    standing: Mapped[Standing] = mapped_column(
        server_default=Standing.MEMBER,
        comment="What the row is kept for; only a member is counted and written to",
    )
    merged_into: Mapped[int | None] = mapped_column(comment="The record that this one leads to")
    status: Mapped[MemberStatus] = mapped_column(
        server_default=MemberStatus.ACTIVE, comment="Cache of member_status(today)"
    )
    plan_id: Mapped[int | None] = mapped_column(
        "package_id", comment="Cache of the current membership's plan"
    )
    trainer_id: Mapped[int | None] = mapped_column(comment="Optional trainer")
    email_consent: Mapped[EmailConsent] = mapped_column(
        server_default=EmailConsent.UNKNOWN,
        comment="Why the gym may, or may not, send retention mail",
    )
    email_consent_source: Mapped[str | None] = mapped_column(
        comment="Where the consent comes from: form, file, owner's statement, unsubscribe link"
    )
    email_consent_at: Mapped[datetime | None] = mapped_column(comment="Since when")
    door_code_version: Mapped[int] = mapped_column(
        server_default="1", comment="Raised when a phone is lost: older door codes open nothing"
    )
    import_id: Mapped[int | None] = mapped_column(comment="The import that made the row")

    @validates("email", "name")
    def _keep_key(self, field: str, value: str | None) -> str | None:
        make_key = key_of_address if field == "email" else fold
        setattr(self, f"{field}_key", None if value is None else make_key(value))
        return value
