from decimal import Decimal
from enum import StrEnum

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic
from db.types import MAJOR_UNITS


class Segment(StrEnum):
    """Value segments, named from the medians of their members (`ds.segments`)."""

    LOYALIST = "Loyalist"
    AT_RISK = "At Risk"
    NEW_POTENTIAL = "New/Potential"
    HIGH_VALUE = "High-Value"


class RfmScore(GymOwned, Base):
    """Recency, frequency and money of one member, and the segment they fall into."""

    __tablename__ = "rfm"
    topic = Topic.SCORES
    unaudited = "computed"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["gym_id", "run_id"], ["analytics_runs.gym_id", "analytics_runs.run_id"]
        ),
        Index("uq_rfm_gym_id_customer_id", "gym_id", "customer_id", unique=True),
        {"comment": "Recency-frequency-monetary scores and segments"},
    )

    rfm_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose score")
    recency_score: Mapped[int] = mapped_column(
        comment="Days since the last visit, or since joining when there was none"
    )
    frequency_score: Mapped[int] = mapped_column(comment="Count of visits")
    monetary_score: Mapped[Decimal] = mapped_column(
        MAJOR_UNITS, comment="Total spent, major units of the gym's currency"
    )
    customer_segment: Mapped[Segment] = mapped_column(comment="Where the scores put the member")
    run_id: Mapped[int] = mapped_column(comment="The run that computed it")
