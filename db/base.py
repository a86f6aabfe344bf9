"""The declarative base: constraint names, and what every tenant table has in common."""

from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    DateTime,
    ForeignKey,
    MetaData,
    Row,
    Select,
    func,
)
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute, Mapped, mapped_column

from core.text import MAX_KEY_LENGTH
from db.enums import describe_enums, enum_type

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


AnyRow = Row[*tuple[Any, ...]]
AnySelect = Select[*tuple[Any, ...]]


class Base(DeclarativeBase):
    """Every table. `int` is bigint, `datetime` is UTC and aware, a StrEnum is one of its values."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map = {  # noqa: RUF012 - read by SQLAlchemy as declared
        int: BigInteger,
        datetime: DateTime(timezone=True),
        StrEnum: enum_type(StrEnum),
    }

    def __init_subclass__(cls, **options: Any) -> None:
        if "topic" not in vars(cls):
            raise TypeError(f"{cls.__name__}: of which topic are its rows? See db.topics")
        super().__init_subclass__(**options)
        describe_enums(cls.metadata.tables[cls.__tablename__])

    topic: ClassVar[StrEnum | None]
    """What a change of its rows is about (`db.topics`); none if no cached response reads them."""
    topic_where: ClassVar[str | None] = None
    """SQL that follows a row: cached responses read only the rows of which it is true."""
    unaudited: ClassVar[str | None] = None
    """Why the audit log (`db.audit`) keeps no changes of its rows; if none, it keeps them."""
    unaudited_columns: ClassVar[frozenset[str]] = frozenset()
    """Columns of the table that follow from other rows: their changes are nobody's."""
    audits_requests_only: ClassVar[bool] = False
    """For rows that are history themselves: kept is what requests change or delete of them."""

    def __repr__(self) -> str:
        keys = ", ".join(
            f"{column.key}={getattr(self, self.__mapper__.get_property_by_column(column).key)!r}"
            for column in self.__mapper__.primary_key
        )
        return f"{type(self).__name__}({keys})"


class GymOwned:
    """A row of one gym. Row-level security on `gym_id` guards every table that has this mixin."""

    gym_id: Mapped[int] = mapped_column(
        ForeignKey("gyms.gym_id"), comment="The gym the row belongs to"
    )

    @classmethod
    def in_gym(cls, gym_id: int) -> Any:
        """The condition that keeps a query inside one gym, the second wall beside the policies."""
        return cls.gym_id == gym_id


class AccountOwned:
    """A row of somebody who signs in. Only a super admin's has no gym, and no key then checks whose
    it is: keys between tables carry the gym."""

    gym_id: Mapped[int | None] = mapped_column(
        ForeignKey("gyms.gym_id"), comment="The gym of the account; empty for a super admin"
    )

    @classmethod
    def in_gym(cls, gym_id: int | None) -> Any:
        """The condition that keeps a query inside one gym, or among the super admins."""
        return cls.gym_id == gym_id


class MemberFact:
    """A row of which statistics are stored: written inside `changing_members` only, which keeps
    them true (`db.stats.member_changes`)."""

    member_id: Mapped[int]


def is_key_of(column: str) -> str:
    """SQL: `column` has its key. It knows the key of ASCII only, and so finds who writes none."""
    return (
        f"({column} IS NULL) = ({column}_key IS NULL) AND"
        f" (octet_length({column}) > length({column}) OR {column}_key ="
        f' left(lower({column} COLLATE "C"), {MAX_KEY_LENGTH}))'
    )


def matches(
    one: InstrumentedAttribute[Any], other: InstrumentedAttribute[Any]
) -> ColumnElement[bool]:
    """The condition of a join: both columns name the same row, and of the same gym."""
    condition: ColumnElement[bool] = (one.class_.gym_id == other.class_.gym_id) & (one == other)
    return condition


class Timestamps:
    """When a row was made and last changed."""

    created_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), comment="When the row was made"
    )
    updated_at: Mapped[datetime] = mapped_column(
        server_default=func.now(), onupdate=func.now(), comment="When the row last changed"
    )
