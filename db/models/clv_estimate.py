from decimal import Decimal
from enum import StrEnum

from sqlalchemy import Float, ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.models.rfm_score import Segment
from db.topics import Topic
from db.types import MAJOR_UNITS


class ForecastBasis(StrEnum):
    """What the units of a member's forecast are."""

    CONTRACT = "contract"
    """Months of membership."""

    VISITS = "visits"
    """Orders of a member who pays without a membership."""


class ClvEstimate(GymOwned, Base):
    """A member's value: average order value times number of orders."""

    __tablename__ = "clv"
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
        Index("uq_clv_gym_id_customer_id", "gym_id", "customer_id", unique=True),
        {"comment": "Customer lifetime value"},
    )

    clv_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose value")
    clv_value: Mapped[Decimal] = mapped_column(
        MAJOR_UNITS, comment="Estimated lifetime value, major units of the gym's currency"
    )
    average_order_value: Mapped[Decimal] = mapped_column(
        MAJOR_UNITS, comment="Total spend / number of orders, major units"
    )
    predicted_customer_type: Mapped[Segment] = mapped_column(comment="The member's segment")
    run_id: Mapped[int] = mapped_column(comment="The run that computed it")
    forecast_value: Mapped[Decimal | None] = mapped_column(
        MAJOR_UNITS,
        comment="Expected value of the next twelve months, major units: forecast_units times"
        " forecast_unit_value; empty if no money is known",
    )
    forecast_low: Mapped[Decimal | None] = mapped_column(
        MAJOR_UNITS, comment="Lower end of the 80% band"
    )
    forecast_high: Mapped[Decimal | None] = mapped_column(
        MAJOR_UNITS, comment="Upper end of the 80% band"
    )
    forecast_basis: Mapped[ForecastBasis | None] = mapped_column(
        comment="Counted in months of membership, or in orders of who pays per visit"
    )
    forecast_stay: Mapped[float | None] = mapped_column(
        Float, comment="Chance to be a member still in twelve months, 0 to 1"
    )
    forecast_units: Mapped[float | None] = mapped_column(
        Float, comment="Expected months or orders in the next twelve months"
    )
    forecast_unit_value: Mapped[Decimal | None] = mapped_column(
        MAJOR_UNITS, comment="Value of one of them, major units"
    )
