from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, MemberFact
from db.topics import Topic


class CheckIn(MemberFact, GymOwned, Base):
    """A visit. A double scan is not one: see `db.stats.visit_hours`."""

    __tablename__ = "attendance"
    topic = Topic.VISITS
    audits_requests_only = True
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "import_id"], ["imports.gym_id", "imports.import_id"]),
        CheckConstraint("check_out IS NULL OR check_out >= check_in", name="leaves_after_entering"),
        # One visit per member and instant: what makes a second run of an import a no-op.
        Index(
            "uq_attendance_gym_id_customer_id_check_in",
            "gym_id",
            "customer_id",
            "check_in",
            unique=True,
        ),
        Index("ix_attendance_gym_id_check_in", "gym_id", "check_in"),
        {"comment": "Visits: when members came and left"},
    )

    check_in_id: Mapped[int] = mapped_column("attendance_id", primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Who came")
    check_in: Mapped[datetime] = mapped_column(comment="Entry, UTC")
    check_out: Mapped[datetime | None] = mapped_column(comment="Exit, UTC; empty when not recorded")
    method: Mapped[str] = mapped_column(
        server_default="manual", comment="Label of how the visit was recorded"
    )
    import_id: Mapped[int | None] = mapped_column(comment="The import that brought the row")
    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When recorded"
    )
