import datetime as dt
from enum import StrEnum

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned, MemberFact
from db.topics import Topic


class TransactionKind(StrEnum):
    PAYMENT = "payment"
    REFUND = "refund"
    CHARGEBACK = "chargeback"
    CORRECTION = "correction"
    REVERSAL = "reversal"


class Transaction(MemberFact, GymOwned, Base):
    """A line of the ledger. Lines are only ever added."""

    __tablename__ = "transactions"
    topic = Topic.MONEY
    unaudited = "the ledger is append-only: its lines are the log"
    __table_args__ = (
        UniqueConstraint("gym_id", "transaction_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "payment_id"], ["payments.gym_id", "payments.payment_id"]),
        ForeignKeyConstraint(
            ["gym_id", "reverses_id"], ["transactions.gym_id", "transactions.transaction_id"]
        ),
        CheckConstraint(
            "(kind = 'reversal') = (reverses_id IS NOT NULL)", name="reversal_names_it"
        ),
        Index(
            "uq_transactions_source_external_id",
            "gym_id",
            "source",
            "external_id",
            unique=True,
            postgresql_where=text("external_id IS NOT NULL"),
        ),
        Index("ix_transactions_gym_id_customer_id", "gym_id", "customer_id"),
        Index("ix_transactions_gym_id_date", "gym_id", "date"),
        # Without these, deleting a gym's payments or lines reads the whole ledger for each row.
        Index(
            "ix_transactions_gym_id_payment_id",
            "gym_id",
            "payment_id",
            postgresql_where=text("payment_id IS NOT NULL"),
        ),
        Index(
            "ix_transactions_gym_id_reverses_id",
            "gym_id",
            "reverses_id",
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        {"comment": "The append-only ledger of money that moved"},
    )

    transaction_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose money")
    amount: Mapped[int] = mapped_column(
        comment="Minor units of the currency; negative when money went back"
    )
    date: Mapped[dt.date] = mapped_column(comment="Payment date, gym's local day")
    currency: Mapped[str] = mapped_column(comment="ISO 4217")
    kind: Mapped[TransactionKind] = mapped_column(
        server_default=TransactionKind.PAYMENT, comment="Why money moved"
    )
    source: Mapped[str] = mapped_column(
        server_default="manual", comment="Who recorded it: manual, demo, an import, a provider"
    )
    external_id: Mapped[str | None] = mapped_column(comment="The source's own id")
    payment_id: Mapped[int | None] = mapped_column(comment="The attempt that succeeded")
    reverses_id: Mapped[int | None] = mapped_column(comment="The line that a reversal undoes")
    created_at: Mapped[dt.datetime] = mapped_column(
        server_default=text("now()"), comment="When recorded"
    )
