from datetime import date, datetime

from sqlalchemy import Computed, Float, ForeignKeyConstraint, Index, text
from sqlalchemy.dialects.postgresql import BIT, DATEMULTIRANGE, Range
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic

WINDOW_DAYS = 182


class MemberStats(GymOwned, Base):
    """One row per member, kept in the transaction of each visit, payment and membership change.

    It holds days, not counts, so that every window slides at midnight without an event:
    bit k (from the left, 0-based) of `visited_days` is the day k days before `last_visit_on`.
    `db.stats.member_stats` writes it and can rebuild it from the tables it sums up.
    """

    __tablename__ = "member_stats"
    topic = Topic.MEMBERS
    unaudited = "follows from visits and payments"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        Index("ix_member_stats_gym_id_risk_from", "gym_id", "risk_from"),
        # Few are high, and only their entries move when a night's scores are written.
        Index(
            "ix_member_stats_gym_id_high_churn_from",
            "gym_id",
            "high_churn_from",
            postgresql_where=text("high_churn_from is not null"),
        ),
        {"comment": "What lists and jobs read instead of all visits and payments"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Whose figures")
    join_date: Mapped[date] = mapped_column(comment="Copy of customers.join_date")
    is_counted: Mapped[bool] = mapped_column(
        server_default="true", comment="customers.standing is member: in figures, risk and segments"
    )
    visits: Mapped[int] = mapped_column(server_default="0", comment="All visits ever")
    first_visit_on: Mapped[date | None] = mapped_column(comment="First local day with a visit")
    last_visit_on: Mapped[date | None] = mapped_column(comment="Newest local day with a visit")
    last_check_in: Mapped[datetime | None] = mapped_column(comment="Newest entry, UTC")
    last_check_out: Mapped[datetime | None] = mapped_column(
        comment="Exit of the newest entry, UTC; empty while inside or not recorded"
    )
    visited_days: Mapped[str] = mapped_column(
        BIT(WINDOW_DAYS),
        server_default=text(f"B'{'0' * WINDOW_DAYS}'"),
        comment="Half a year of visited days, newest first: bit k is last_visit_on - k days",
    )
    usual_gap: Mapped[float | None] = mapped_column(
        Float,
        Computed("usual_gap(visited_days)", persisted=True),
        comment="Median days between visited days of the half year; empty under 4 visited days",
    )
    risk_from: Mapped[date] = mapped_column(
        Computed("earliest_risk(join_date, last_visit_on, visited_days)", persisted=True),
        comment="No day before it can find the member at risk, unless they visit again",
    )
    covered: Mapped[list[Range[date]] | None] = mapped_column(
        DATEMULTIRANGE, comment="Days with a membership; empty when none is known"
    )
    frozen: Mapped[list[Range[date]] | None] = mapped_column(
        DATEMULTIRANGE, comment="Days on which the membership rested"
    )
    is_cancelled: Mapped[bool] = mapped_column(
        server_default="false", comment="The newest membership was cancelled, not run out"
    )
    yearly_value: Mapped[int | None] = mapped_column(
        comment="Price of twelve months of the newest membership, minor units; empty if unknown"
    )
    orders: Mapped[int] = mapped_column(
        server_default="0", comment="Ledger lines of kind payment that were not reversed"
    )
    spend: Mapped[int] = mapped_column(
        server_default="0", comment="Sum of the ledger, minor units of the gym's currency"
    )
    timed_visits: Mapped[int] = mapped_column(
        server_default="0", comment="Visits with a known exit"
    )
    minutes_inside: Mapped[int] = mapped_column(
        server_default="0", comment="Minutes of those visits, all together"
    )
    churn_probability: Mapped[float | None] = mapped_column(
        Float, comment="Chance of no visit in the 30 days after churn_scored_on; set by ds"
    )
    churn_scored_on: Mapped[date | None] = mapped_column(comment="Local day of that score")
    high_churn_from: Mapped[date | None] = mapped_column(
        Computed(
            "case when churn_probability >= 0.5::double precision"
            " and churn_scored_on >= last_visit_on then churn_scored_on else null::date end",
            persisted=True,
        ),
        comment="Day of a score that is high; empty when it is not, or they came since",
    )
