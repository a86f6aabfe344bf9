from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic


class VisitHour(GymOwned, Base):
    """Visits of a gym per local hour, kept in the transaction of each visit.

    An hour's visits are the sum over its slots: were there one row, every check-in of a gym would
    wait for the one before. Housekeeping folds the slots of days gone by into slot 0.
    """

    __tablename__ = "visit_hours"
    topic = Topic.VISITS
    unaudited = "follows from visits"
    __table_args__ = (
        CheckConstraint("hour BETWEEN 0 AND 23", name="hour_of_day"),
        {"comment": "Visits per gym, local day and local hour: the sum over an hour's slots"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    day: Mapped[date] = mapped_column(primary_key=True, comment="Local day")
    hour: Mapped[int] = mapped_column(primary_key=True, comment="Local hour, 0 to 23")
    slot: Mapped[int] = mapped_column(
        primary_key=True,
        server_default="0",
        comment="Which part of the count: writers at the same time take different ones",
    )
    visits: Mapped[int] = mapped_column(comment="Visits that began in the hour, as the slot has it")
