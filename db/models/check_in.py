from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, MemberFact
from db.topics import Topic


class CheckIn(MemberFact, GymOwned, Base):
    """A visit. A double scan is not one: see `db.stats.visit_hours`.

    Its member's key says whose gym it is of. To check a key to the gym as well, each visit would
    lock the same row as all others of the gym.
    """

    __tablename__ = "attendance"
    topic = Topic.VISITS
    audits_requests_only = True
    unaudited_columns = frozenset({"pack_id"})  # follows from the visit itself
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "import_id"], ["imports.gym_id", "imports.import_id"]),
        ForeignKeyConstraint(
            ["gym_id", "location_id"], ["locations.gym_id", "locations.location_id"]
        ),
        ForeignKeyConstraint(
            ["gym_id", "pack_id"],
            ["memberships.gym_id", "memberships.membership_id"],
            ondelete="SET NULL (pack_id)",
        ),
        ForeignKeyConstraint(["gym_id", "let_in_by"], ["users.gym_id", "users.user_id"]),
        CheckConstraint("check_out IS NULL OR check_out >= check_in", name="leaves_after_entering"),
        CheckConstraint(
            "num_nulls(let_in_by, let_in_because, refused_for) IN (0, 3)",
            name="let_in_for_a_reason",
        ),
        # One visit per member and instant: what makes a second run of an import a no-op.
        Index(
            "uq_attendance_gym_id_customer_id_check_in",
            "gym_id",
            "customer_id",
            "check_in",
            unique=True,
        ),
        Index("ix_attendance_gym_id_check_in", "gym_id", "check_in"),
        Index(
            "ix_attendance_gym_id_pack_id",
            "gym_id",
            "pack_id",
            postgresql_where=text("pack_id IS NOT NULL"),
        ),
        {"comment": "Visits: when members came and left"},
    )

    gym_id: Mapped[int] = mapped_column(comment="The gym the row belongs to")
    check_in_id: Mapped[int] = mapped_column("attendance_id", primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Who came")
    check_in: Mapped[datetime] = mapped_column(comment="Entry, UTC")
    check_out: Mapped[datetime | None] = mapped_column(comment="Exit, UTC; empty when not recorded")
    method: Mapped[str] = mapped_column(
        server_default="manual", comment="Label of how the visit was recorded"
    )
    location_id: Mapped[int | None] = mapped_column(comment="Where; empty when nobody said")
    pack_id: Mapped[int | None] = mapped_column(
        comment="The membership, a pack of visits, from which this one was taken"
    )
    refused_for: Mapped[list[str] | None] = mapped_column(
        ARRAY(Text),
        comment="What spoke against it (core.access), where somebody let them in all the same",
    )
    let_in_by: Mapped[int | None] = mapped_column(comment="Who let them in")
    let_in_because: Mapped[str | None] = mapped_column(comment="Why, in their words")
    import_id: Mapped[int | None] = mapped_column(comment="The import that brought the row")
    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When recorded"
    )
