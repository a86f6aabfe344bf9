from datetime import datetime

from sqlalchemy import Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class AddressConfirmation(GymOwned, Base):
    """A link mailed to an address that a gym chose for itself, and whether it was used.

    An address is confirmed for the gym once a row of it is, for good: also after a change away
    from it and back.
    """

    __tablename__ = "address_confirmations"
    topic = None
    unaudited = "each row says itself which address was confirmed, and when"
    __table_args__ = (
        UniqueConstraint("gym_id", "confirmation_id"),
        Index("ix_address_confirmations_gym_id_address", "gym_id", "address"),
        {"comment": "Links that confirm a gym's own addresses"},
    )

    confirmation_id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(comment="Where the link was mailed to")
    token_hash: Mapped[str | None] = mapped_column(
        unique=True, comment="SHA-256 of the token in the link, hex"
    )
    created_at: Mapped[datetime] = mapped_column(
        server_default=text("now()"), comment="When asked for"
    )
    expires_at: Mapped[datetime] = mapped_column(comment="When the link ends")
    confirmed_at: Mapped[datetime | None] = mapped_column(comment="When the link was used")
