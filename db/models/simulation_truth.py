from datetime import date

from sqlalchemy import Float, ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class SimulationTruth(GymOwned, Base):
    """What the simulation decided about a demo member. Read by tests and evaluation only."""

    __tablename__ = "simulation_truth"
    topic = None
    unaudited = "how a demo gym lives"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        {"comment": "The known truth of simulated members; never a feature"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Whose truth")
    seed: Mapped[int] = mapped_column(comment="Seed of the simulation")
    habit: Mapped[str] = mapped_column(comment="Kind of habit, as the simulation names it")
    weekly_rate: Mapped[float] = mapped_column(Float, comment="Visits a week while in habit")
    fades_on: Mapped[date | None] = mapped_column(comment="Day the habit begins to fade")
    stops_on: Mapped[date | None] = mapped_column(comment="Day after which no visit comes")
    leaves_on: Mapped[date | None] = mapped_column(comment="Day the contract is ended")
