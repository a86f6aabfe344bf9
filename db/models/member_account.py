from sqlalchemy import ForeignKeyConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class MemberAccount(GymOwned, Base):
    """Which member a user with the role member is. Of a member's own account there is one."""

    __tablename__ = "member_accounts"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(["gym_id", "user_id"], ["users.gym_id", "users.user_id"]),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        UniqueConstraint("gym_id", "customer_id"),
        {"comment": "Members who sign in themselves"},
    )

    user_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Who signs in"
    )
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose account it is")
