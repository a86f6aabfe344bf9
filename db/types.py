"""Types of columns and keys."""

from decimal import Decimal
from typing import Any, NewType

from sqlalchemy import Dialect, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator

from core.money import MAX_DECIMALS
from core.translation import Sentence, pack, unpack

MAJOR_UNITS: Numeric[Decimal] = Numeric(15, MAX_DECIMALS)
"""Money as people read it, of any currency; each has its own decimals."""
GymId = NewType("GymId", int)
"""A gym's key that only sign-in, or a job's own row, may produce."""


class KeptSentence(TypeDecorator[Sentence]):
    """A sentence in no language yet, beside a column that has it in English."""

    impl = JSONB(none_as_null=True)
    cache_ok = True

    def process_bind_param(self, value: Sentence | None, _dialect: Dialect) -> Any:
        return None if value is None else pack(value)

    def process_result_value(self, value: Any, _dialect: Dialect) -> Sentence | None:
        return None if value is None else unpack(value)
