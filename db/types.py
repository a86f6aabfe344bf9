"""Types of columns and keys."""

from decimal import Decimal
from typing import NewType

from sqlalchemy import Numeric

from core.money import MAX_DECIMALS

MAJOR_UNITS: Numeric[Decimal] = Numeric(15, MAX_DECIMALS)
"""Money as people read it, of any currency; each has its own decimals."""
GymId = NewType("GymId", int)
"""A gym's key that only sign-in, or a job's own row, may produce."""
