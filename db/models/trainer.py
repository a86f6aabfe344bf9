from sqlalchemy import UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps
from db.topics import Topic


class Trainer(GymOwned, Timestamps, Base):
    """A trainer; members may be linked to one."""

    __tablename__ = "trainers"
    topic = Topic.SETUP
    __table_args__ = (
        UniqueConstraint("gym_id", "trainer_id"),
        {"comment": "Trainers of a gym"},
    )

    trainer_id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(comment="Full name")
    email: Mapped[str | None] = mapped_column(comment="Address")
    phone: Mapped[str | None] = mapped_column(comment="Phone number")
    specialization: Mapped[str | None] = mapped_column(comment="What the trainer teaches")
