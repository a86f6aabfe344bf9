from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from db.base import Base, GymOwned


class CacheVersion(GymOwned, Base):
    """When rows of a gym were last written, by topic: see `db.cache_version`.

    A topic's version is the sum over the slots, which grows with each commit whoever wrote. Were
    there one row, every commit of a gym would wait for the one before.
    """

    __tablename__ = "cache_versions"
    topic = None
    unaudited = "how cached responses are kept"
    __table_args__ = ({"comment": "Versions of a gym's rows by topic; key cached responses"},)

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), primary_key=True, comment="The gym the row belongs to"
    )
    slot: Mapped[int] = mapped_column(
        primary_key=True,
        server_default="0",
        comment="Which part of the count: writers at the same time take different ones",
    )
    members: Mapped[int] = mapped_column(
        server_default="0",
        comment="Grows with each change of members and of their figures",
    )
    visits: Mapped[int] = mapped_column(
        server_default="0", comment="Grows with each visit that comes, changes or goes"
    )
    money: Mapped[int] = mapped_column(
        server_default="0", comment="Grows with each change of payments and the ledger"
    )
    scores: Mapped[int] = mapped_column(
        server_default="0", comment="Grows with each run that computes segments, values or risks"
    )
    outreach: Mapped[int] = mapped_column(
        server_default="0", comment="Grows with each change of campaigns, their mails and refusals"
    )
    setup: Mapped[int] = mapped_column(
        server_default="0", comment="Grows with each change of the gym, its plans and trainers"
    )
