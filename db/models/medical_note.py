from datetime import datetime

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class MedicalNote(GymOwned, Base):
    """What the gym must know of a member's health, sealed: see `api.kit.sealing`."""

    __tablename__ = "medical_notes"
    topic = None
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["gym_id", "written_by"], ["users.gym_id", "users.user_id"]),
        {"comment": "What gyms must know of the health of members; sealed"},
    )

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    member_id: Mapped[int] = mapped_column(
        "customer_id", primary_key=True, comment="Whose health it is about"
    )
    sealed: Mapped[str] = mapped_column(comment="The text, which only the API can open")
    written_by: Mapped[int] = mapped_column(comment="The user who wrote it as it now is")
    written_at: Mapped[datetime] = mapped_column(comment="When that was")


class MedicalNoteRead(GymOwned, Base):
    """Somebody asked for the medical notes of a member. Written with the answer, never changed."""

    __tablename__ = "medical_note_reads"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "read_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"],
            ["customers.gym_id", "customers.customer_id"],
            ondelete="CASCADE",
        ),
        ForeignKeyConstraint(["gym_id", "reader_id"], ["users.gym_id", "users.user_id"]),
        Index("ix_medical_note_reads_gym_id_customer_id", "gym_id", "customer_id", "read_id"),
        {"comment": "Who read medical notes, and when"},
    )

    read_id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column("customer_id", comment="Whose notes were read")
    reader_id: Mapped[int] = mapped_column(comment="The user who read them")
    read_at: Mapped[datetime] = mapped_column(comment="When")
