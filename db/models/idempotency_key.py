from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class IdempotencyKey(GymOwned, Base):
    """The response to a request that must not take effect twice, kept for a day or longer.

    Without a foreign key to the user, who is never deleted: to check it, each check-in of a desk
    would lock the same row, which costs as much as the rest of keeping the key.
    """

    __tablename__ = "idempotency_keys"
    topic = None
    unaudited = "how a request is repeated"
    __table_args__ = ({"comment": "Responses to requests that carried an Idempotency-Key"},)

    gym_id: Mapped[int] = mapped_column(primary_key=True, comment="The gym the row belongs to")
    user_id: Mapped[int] = mapped_column(primary_key=True, comment="Who asked")
    key: Mapped[str] = mapped_column(primary_key=True, comment="The client's key")
    fingerprint: Mapped[str] = mapped_column(comment="SHA-256 of method, path and body, hex")
    status: Mapped[int] = mapped_column(comment="HTTP status of the answer")
    answer: Mapped[dict[str, Any]] = mapped_column(JSONB, comment="Body of the answer")
    language: Mapped[str | None] = mapped_column(comment="Of the response's texts")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"), comment="When")
