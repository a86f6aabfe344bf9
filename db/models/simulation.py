from datetime import date, datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class Simulation(GymOwned, Base):
    """How a demo gym is made and how far it has been simulated, so that it can be continued."""

    __tablename__ = "simulations"
    topic = None
    unaudited = "how a demo gym lives"
    __table_args__ = ({"comment": "Demo gyms' simulations; none of a real gym"},)

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    seed: Mapped[int] = mapped_column(comment="Seed of the simulation")
    version: Mapped[int] = mapped_column(comment="Version of the rules that made the lives")
    profile: Mapped[str] = mapped_column(comment="Which demo gym it is")
    members: Mapped[int] = mapped_column(comment="Active members aimed at")
    starts_on: Mapped[date] = mapped_column(comment="First simulated day, gym's local day")
    seeded_until: Mapped[datetime] = mapped_column(comment="Everything up to here is written")
