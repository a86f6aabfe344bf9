"""What all request and answer bodies share."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    Strict,
)

from db.doors import EARLIEST_DAY, LATEST_DAY

LARGEST_ID = 2**63 - 1


def _refuse_unstorable(value: str) -> str:
    if "\x00" in value or any(0xD800 <= ord(character) <= 0xDFFF for character in value):
        raise ValueError("contains a character that is not text")
    return value


def _strip(value: Any) -> Any:
    return value.strip() if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_strip), AfterValidator(_refuse_unstorable)]
QueryKey = Annotated[int, Field(ge=1, le=LARGEST_ID)]
"""Of a row, in an address, where everything is text."""
Id = Annotated[QueryKey, Path()]
"""The same in a path."""
Key = Annotated[QueryKey, Strict()]
"""The same in a body: true, 1.0 and "1" are a mistake of whoever sends them, and not row 1."""
SensibleDate = Annotated[date, Field(ge=EARLIEST_DAY, le=LATEST_DAY)]
Money = Annotated[Decimal, PlainSerializer(lambda value: float(round(value, 2)), return_type=float)]
"""Major units of the gym's currency; a JSON number rounded to cents."""


def to_major(minor: int | None) -> Decimal | None:
    """Money as people read it. Currencies of this issue have two decimals."""
    return None if minor is None else Decimal(minor) / 100


class Schema(BaseModel):
    """An answer, readable from an ORM row."""

    model_config = ConfigDict(from_attributes=True)


class Request(BaseModel):
    """A request body. An unknown field is refused: a typing mistake must not pass silently."""

    model_config = ConfigDict(extra="forbid")
