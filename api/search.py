"""Searching text as people type it."""

from typing import Annotated

from fastapi import Query
from sqlalchemy import ColumnElement
from sqlalchemy.orm import InstrumentedAttribute

from api.schemas import Text

SearchText = Annotated[
    Text | None, Query(max_length=100, description="Part of a name, address or number")
]


def contains(
    column: InstrumentedAttribute[str] | InstrumentedAttribute[str | None], text: str
) -> ColumnElement[bool]:
    """The column contains the text, without case; `%` and `_` mean themselves."""
    return column.icontains(text, autoescape=True)
