from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, MemberFact, Timestamps
from db.topics import Topic


class LeavingReason(StrEnum):
    NO_TIME = "no_time"
    TOO_EXPENSIVE = "too_expensive"
    NOT_USING = "not_using"
    HEALTH = "health"
    OTHER_GYM = "other_gym"
    MOVING = "moving"
    UNHAPPY = "unhappy"
    OTHER = "other"


class MembershipEventKind(StrEnum):
    ASSIGNED = "assigned"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    RENEWED = "renewed"
    CANCELLED = "cancelled"
    WITHDRAWN = "withdrawn"
    PLAN_CHANGED = "plan_changed"
    PRICE_MOVED = "price_moved"
    PRICE_KEPT = "price_kept"
    UNPAID = "unpaid"
    PAID = "paid"


class Membership(MemberFact, GymOwned, Timestamps, Base):
    """A member's period on a plan. Days are the gym's local days; both ends are included.

    `core.memberships` says what follows from these facts, its freezes and its terms: `paid_until`
    and `ends_on`, which are stored for whoever reads many.
    """

    __tablename__ = "memberships"
    topic = Topic.MEMBERS
    __table_args__ = (
        UniqueConstraint("gym_id", "membership_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "package_id"], ["packages.gym_id", "packages.package_id"]),
        ForeignKeyConstraint(
            ["gym_id", "replaces_id"], ["memberships.gym_id", "memberships.membership_id"]
        ),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="ends_after_start"),
        CheckConstraint("months BETWEEN 1 AND 120", name="months_sensible"),
        CheckConstraint("days >= 1", name="days_sensible"),
        CheckConstraint(
            "num_nonnulls(months, days) = 0 OR"
            " num_nonnulls(months, days) = 1 AND paid_until IS NOT NULL",
            name="terms_of_one_kind",
        ),
        CheckConstraint("cancelled_on IS NULL OR last_day IS NOT NULL", name="notice_has_last_day"),
        CheckConstraint("credit >= 0", name="credit_not_negative"),
        # Ranges of one number in place of an extension that compares numbers in such an index.
        ExcludeConstraint(
            (text("int8range(customer_id, customer_id, '[]')"), "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            where=text("NOT may_overlap"),
            name="ex_memberships_one_at_a_time",
        ),
        Index("ix_memberships_gym_id_customer_id", "gym_id", "customer_id"),
        Index("ix_memberships_gym_id_ends_on", "gym_id", "ends_on"),
        Index(
            "ix_memberships_gym_id_unpaid",
            "gym_id",
            "customer_id",
            postgresql_where=text("unpaid_since IS NOT NULL"),
        ),
        {"comment": "Who was on which plan from when to when; the truth behind the status"},
    )

    membership_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose membership")
    plan_id: Mapped[int] = mapped_column("package_id", comment="On which plan")
    starts_on: Mapped[date] = mapped_column(comment="First day")
    ends_on: Mapped[date | None] = mapped_column(comment="Last day; empty while open-ended")
    yearly_price: Mapped[int] = mapped_column(
        BigInteger, comment="Agreed price of twelve months, minor units of the gym's currency"
    )
    months: Mapped[int | None] = mapped_column(
        comment="Months of one term; empty where terms are of days or only dates are known"
    )
    days: Mapped[int | None] = mapped_column(comment="Days of one term, where it is of days")
    renews_automatically: Mapped[bool] = mapped_column(
        server_default="false", comment="Another term follows by itself until there is a last day"
    )
    paid_until: Mapped[date | None] = mapped_column(
        comment="Last day that the terms pay for, or that was stated before a last day was set"
    )
    last_day: Mapped[date | None] = mapped_column(
        comment="Last day by a notice, or because another plan follows"
    )
    cancelled_on: Mapped[date | None] = mapped_column(
        comment="Day the member or gym ended it; empty when it ran out"
    )
    leaving_reason: Mapped[LeavingReason | None] = mapped_column(comment="Why, from a list")
    cancel_reason: Mapped[str | None] = mapped_column(comment="Why, in the member's words")
    replaces_id: Mapped[int | None] = mapped_column(
        comment="The membership that was changed into this one"
    )
    credit: Mapped[int] = mapped_column(
        BigInteger,
        server_default="0",
        comment="What was not used of the one it replaces, minor units; is set off against its"
        " price",
    )
    unpaid_since: Mapped[date | None] = mapped_column(
        comment="First day that is not paid for, as the gym says; empty while nothing is owed"
    )
    may_overlap: Mapped[bool] = mapped_column(
        server_default="false",
        comment="Others of the member may cover the same days: packs, and what was so before",
    )


class MembershipTerm(GymOwned, Base):
    """A paid term of a membership. A renewal is a row, so the same one twice is one."""

    __tablename__ = "membership_terms"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("term >= 1", name="term_counts_from_one"),
        CheckConstraint("price >= 0", name="price_not_negative"),
        {"comment": "Terms of memberships, which follow each other, and what each costs"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    membership_id: Mapped[int] = mapped_column(primary_key=True, comment="Of which membership")
    term: Mapped[int] = mapped_column(primary_key=True, comment="Its number, from 1")
    price: Mapped[int] = mapped_column(
        BigInteger, comment="What it costs, minor units of the gym's currency"
    )
    renewed_on: Mapped[date] = mapped_column(
        comment="Day on which it was added: the first of it, or an earlier one"
    )


class MembershipFreeze(MemberFact, GymOwned, Timestamps, Base):
    """Days on which a membership rests. Both ends are included."""

    __tablename__ = "membership_freezes"
    topic = Topic.MEMBERS
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "membership_id"], ["memberships.gym_id", "memberships.membership_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        CheckConstraint("ends_on >= starts_on", name="ends_after_start"),
        ExcludeConstraint(
            (text("int8range(membership_id, membership_id, '[]')"), "="),
            (text("daterange(starts_on, ends_on, '[]')"), "&&"),
            using="gist",
            name="ex_membership_freezes_one_at_a_time",
        ),
        Index("ix_membership_freezes_gym_id_customer_id", "gym_id", "customer_id"),
        Index("ix_membership_freezes_gym_id_membership_id", "gym_id", "membership_id"),
        {"comment": "When memberships rested"},
    )

    freeze_id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(comment="Which membership rests")
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose")
    starts_on: Mapped[date] = mapped_column(comment="First frozen day")
    ends_on: Mapped[date] = mapped_column(comment="Last frozen day")
    reason: Mapped[str | None] = mapped_column(comment="Why")


class MembershipEvent(GymOwned, Base):
    """One thing that was done with a membership: who, when, what and why."""

    __tablename__ = "membership_events"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "membership_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        Index("ix_membership_events_gym_id_membership_id", "gym_id", "membership_id", "event_id"),
        {"comment": "The history of memberships: who did what, when and why"},
    )

    event_id: Mapped[int] = mapped_column(primary_key=True)
    membership_id: Mapped[int] = mapped_column(comment="Of which membership")
    kind: Mapped[MembershipEventKind] = mapped_column(comment="What was done")
    happened_at: Mapped[datetime] = mapped_column(comment="When")
    user_id: Mapped[int | None] = mapped_column(comment="Who did it; empty for the platform")
    reason: Mapped[str | None] = mapped_column(comment="Why")
    details: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default="{}", comment="Days, numbers and amounts of it"
    )
