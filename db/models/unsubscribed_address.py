from datetime import datetime

from sqlalchemy import Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned
from db.topics import Topic


class UnsubscribedAddress(GymOwned, Base):
    """An address that wants no more mail from the gym, whichever member has it."""

    __tablename__ = "unsubscribed_addresses"
    topic = Topic.OUTREACH
    unaudited = "each row says itself who unsubscribed, and when"
    __table_args__ = (
        UniqueConstraint("gym_id", "email_key"),
        {"comment": "Addresses that unsubscribed, for every record of a member that has them"},
    )

    unsubscribed_address_id: Mapped[int] = mapped_column(primary_key=True)
    email_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The address as it is compared, see customers.email_key"
    )
    unsubscribed_at: Mapped[datetime] = mapped_column(comment="When the link was used")
