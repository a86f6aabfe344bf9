from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, Numeric, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic


class RunState(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class SegmentMethod(StrEnum):
    """How segments are separated; a small gym has too few members for clusters."""

    KMEANS = "kmeans"
    CUTOFFS = "cutoffs"


class AnalyticsRun(GymOwned, Base):
    """One computation of a gym's segments, values and retention: how it went, what it found."""

    __tablename__ = "analytics_runs"
    topic = Topic.SCORES
    unaudited = "computed"
    __table_args__ = (
        UniqueConstraint("gym_id", "run_id"),
        Index("ix_analytics_runs_gym_id_started_at", "gym_id", "started_at"),
        {"comment": "Runs of the ds service, one per gym and computation"},
    )

    run_id: Mapped[int] = mapped_column(primary_key=True)
    as_of: Mapped[date] = mapped_column(comment="The gym's local day the figures are for")
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="Start")
    finished_at: Mapped[datetime | None] = mapped_column(comment="End")
    state: Mapped[RunState] = mapped_column(comment="How far it is")
    error: Mapped[str | None] = mapped_column(comment="Why it failed, for the operator")
    members: Mapped[int | None] = mapped_column(comment="Members scored")
    retention_rate: Mapped[Decimal | None] = mapped_column(
        Numeric(5, 2), comment="Percent of members seen in the last 90 days"
    )
    method: Mapped[SegmentMethod | None] = mapped_column(comment="How segments were told apart")
    details: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="Centroids, names, monthly churn and cohorts"
    )
