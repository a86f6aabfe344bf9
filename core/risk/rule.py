"""What of the at-risk rule a gym may choose, and which of its days do not count."""

from dataclasses import dataclass

from core.closed_days import ClosedDays

ABSENCE_DAYS, FEWEST_DAYS, MOST_DAYS = 14, 7, 40
"""Of an absence: as usual, and what a gym may choose."""
ABSENCE_GAPS, FEWEST_GAPS, MOST_GAPS = 3, 2, 5


@dataclass(frozen=True)
class RiskRule:
    """A member is absent who stayed away for longer than `absence_days` and `absence_gaps` times
    their usual gap, the days in `closed` left out."""

    absence_days: int = ABSENCE_DAYS
    absence_gaps: int = ABSENCE_GAPS
    closed: ClosedDays = ()


USUAL = RiskRule()
"""Of a gym that has chosen nothing, and was never closed."""
