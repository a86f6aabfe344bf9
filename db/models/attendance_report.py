from datetime import date, datetime
from typing import Any

from sqlalchemy import UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class AttendanceReport(GymOwned, Base):
    """One local day of a gym: who came, when most, who for the first time, who came back."""

    __tablename__ = "attendance_reports"
    topic = None
    unaudited = "computed"
    __table_args__ = (
        UniqueConstraint("gym_id", "report_id"),
        UniqueConstraint("gym_id", "day"),
        {"comment": "Daily attendance reports"},
    )

    report_id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(comment="The gym's local day")
    visits: Mapped[int] = mapped_column(comment="Visits of the day")
    unique_members: Mapped[int] = mapped_column(comment="Members who came")
    peak_hour: Mapped[int | None] = mapped_column(
        comment="Local hour, 0 to 23, with most entries; empty on a day without visits"
    )
    peak_visits: Mapped[int] = mapped_column(server_default="0", comment="Entries in that hour")
    first_timers: Mapped[int] = mapped_column(comment="Members whose first visit ever it was")
    returned: Mapped[int] = mapped_column(comment="Members who came back after an absence")
    details: Mapped[dict[str, Any]] = mapped_column(
        JSONB, server_default=text("'{}'"), comment="Entries by hour, and who the members are"
    )
    computed_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")
