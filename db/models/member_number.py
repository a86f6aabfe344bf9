from datetime import date
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, validates

from core.text import fold
from db.base import Base, GymOwned, is_key_of


class NumberKind(StrEnum):
    MEMBER_NUMBER = "member_number"
    CARD = "card"
    BARCODE = "barcode"
    VENDOR = "vendor"


class MemberNumber(GymOwned, Base):
    """A number by which a member is known beside `customers.number`: a card, a barcode, the key of
    another program, a member number of before. One that has ended is kept and opens nothing."""

    __tablename__ = "member_numbers"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "number_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        CheckConstraint("value <> ''", name="value_not_empty"),
        CheckConstraint(is_key_of("value"), name="value_key_is_of_value"),
        CheckConstraint("ended_on >= given_on", name="ends_after_it_was_given"),
        # A number means one person at a time; whoever gives a card on ends it first.
        Index(
            "uq_member_numbers_gym_id_value_key",
            "gym_id",
            "value_key",
            unique=True,
            postgresql_where=text("ended_on IS NULL"),
        ),
        Index("ix_member_numbers_gym_id_customer_id", "gym_id", "customer_id", "number_id"),
        {"comment": "Cards, barcodes and other numbers of members, with those of before"},
    )

    number_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose")
    kind: Mapped[NumberKind] = mapped_column(comment="What it stands on, or who gave it")
    value: Mapped[str] = mapped_column(comment="As it was typed or scanned")
    value_key: Mapped[str] = mapped_column(
        Text(collation="C"), comment="The value as it is compared: no case, no accents"
    )
    given_on: Mapped[date] = mapped_column(comment="First day, gym's local day")
    ended_on: Mapped[date | None] = mapped_column(
        comment="Day on which it ended, gym's local day; empty while it is valid"
    )

    @validates("value")
    def _keep_key(self, _field: str, value: str) -> str:
        self.value_key = fold(value)
        return value
