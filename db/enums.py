"""Enum columns: typed by a StrEnum, which makes their CHECK and COMMENT."""

from collections.abc import Iterable
from enum import StrEnum
from typing import TypeVar, cast

from sqlalchemy import CheckConstraint, Enum, Table
from sqlalchemy.types import TypeEngine

Word = TypeVar("Word", bound=StrEnum)


def enum_type(words: type[Word]) -> TypeEngine[Word]:
    """Text that is one of `words`. Any other raises LookupError, when written and when read: what
    a newer version stored is not taken for something this one knows."""
    kind = Enum(
        words, native_enum=False, length=None, validate_strings=True, values_callable=_list_values
    )
    return cast(TypeEngine[Word], kind)


def describe_enums(table: Table) -> None:
    """Give each enum column of `table` its CHECK, `<column>_known`, and its values in the COMMENT.

    A changed StrEnum needs a migration of both: autogenerate sees the comment only.
    """
    for column in table.columns:
        if isinstance(column.type, Enum):
            words = ",".join(f"'{word}'" for word in column.type.enums)
            check = CheckConstraint(f"{column.name} IN ({words})", name=f"{column.name}_known")
            table.append_constraint(check)
            column.comment = f"{column.comment}: {', '.join(column.type.enums)}"


def _list_values(words: Iterable[StrEnum]) -> list[str]:
    return [word.value for word in words]
