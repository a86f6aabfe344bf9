from decimal import Decimal

from sqlalchemy import ForeignKeyConstraint, Index, Numeric
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class ClvEstimate(GymOwned, Base):
    """A member's value: average order value times number of orders."""

    __tablename__ = "clv"
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
        Numeric(14, 2), comment="Estimated lifetime value, major units of the gym's currency"
    )
    average_order_value: Mapped[Decimal] = mapped_column(
        Numeric(14, 2), comment="Total spend / number of orders, major units"
    )
    predicted_customer_type: Mapped[str] = mapped_column(comment="The member's segment")
    run_id: Mapped[int] = mapped_column(comment="The run that computed it")
