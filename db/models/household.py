from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, Timestamps


class Household(GymOwned, Timestamps, Base):
    """People of whom one pays for all. Its row is what is locked while they change."""

    __tablename__ = "households"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "household_id"),
        {"comment": "Families and others of whom one member pays for all"},
    )

    household_id: Mapped[int] = mapped_column(primary_key=True)


class HouseholdMember(GymOwned, Base):
    """A member is in a household, and in one only."""

    __tablename__ = "household_members"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "customer_id"),
        ForeignKeyConstraint(
            ["gym_id", "household_id"],
            ["households.gym_id", "households.household_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        Index(
            "uq_household_members_gym_id_household_id_payer",
            "gym_id",
            "household_id",
            unique=True,
            postgresql_where=text("is_payer"),
        ),
        {"comment": "Who is in which household, and who of them pays"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    household_id: Mapped[int] = mapped_column(primary_key=True, comment="In which household")
    member_id: Mapped[int] = mapped_column("customer_id", primary_key=True, comment="Who is in it")
    is_payer: Mapped[bool] = mapped_column(
        server_default="false", comment="Whether they pay for the others; one of each household"
    )
