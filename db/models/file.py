from datetime import datetime
from enum import StrEnum

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    LargeBinary,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class FileKind(StrEnum):
    MEMBER_PHOTO = "member_photo"
    MEMBER_DOCUMENT = "member_document"
    GYM_LOGO = "gym_logo"


class File(GymOwned, Base):
    """A picture or document of a member, or of the gym itself. In the database: it is saved,
    guarded by the gym, erased and rolled back with everything else."""

    __tablename__ = "files"
    topic = None
    __table_args__ = (
        UniqueConstraint("gym_id", "file_id"),
        ForeignKeyConstraint(
            ["gym_id", "customer_id"], ["customers.gym_id", "customers.customer_id"]
        ),
        ForeignKeyConstraint(["gym_id", "uploaded_by"], ["users.gym_id", "users.user_id"]),
        CheckConstraint(
            "(kind = 'gym_logo') = (customer_id IS NULL)", name="of_a_member_or_the_gym"
        ),
        Index(
            "uq_files_gym_id_photo",
            "gym_id",
            "customer_id",
            unique=True,
            postgresql_where=text("kind = 'member_photo'"),
        ),
        Index(
            "uq_files_gym_id_logo",
            "gym_id",
            unique=True,
            postgresql_where=text("kind = 'gym_logo'"),
        ),
        Index("ix_files_gym_id_customer_id", "gym_id", "customer_id", "file_id"),
        {"comment": "Pictures and documents; their bytes are in file_contents"},
    )

    file_id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[FileKind] = mapped_column(comment="What it is")
    member_id: Mapped[int | None] = mapped_column(
        "customer_id", comment="Of which member; empty for the gym's own"
    )
    name: Mapped[str] = mapped_column(comment="What the sender called it; never a path")
    content_type: Mapped[str] = mapped_column(comment="By its content, not by what was said")
    size: Mapped[int] = mapped_column(comment="Bytes")
    sha256: Mapped[str] = mapped_column(comment="Of the bytes as they are kept, hex")
    uploaded_by: Mapped[int] = mapped_column(comment="The user who sent it")
    created_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="When it was sent"
    )


class FileContent(GymOwned, Base):
    """The bytes of a file, apart from its row, which lists and the audit log read."""

    __tablename__ = "file_contents"
    topic = None
    unaudited = "the file's own row is in the log"
    __table_args__ = (
        ForeignKeyConstraint(
            ["gym_id", "file_id"], ["files.gym_id", "files.file_id"], ondelete="CASCADE"
        ),
        {"comment": "The bytes of files"},
    )

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    file_id: Mapped[int] = mapped_column(
        primary_key=True, autoincrement=False, comment="Of which file"
    )
    content: Mapped[bytes] = mapped_column(LargeBinary, comment="The file itself")
