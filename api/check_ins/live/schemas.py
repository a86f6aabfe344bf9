from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from api.check_ins.schemas import CheckInItem
from api.check_ins.statistics.schemas import Occupancy
from core.access import Decision
from core.translation import Language


@dataclass(frozen=True)
class Visit:
    """A visit as it began, with what is to be said of it in whatever language."""

    item: CheckInItem
    decision: Decision
    arrival: Mapping[str, Any]
    written: dict[Language, str] = field(default_factory=dict, compare=False, repr=False)
    """As it was told: hundreds of desks may be told the same."""

    @property
    def key(self) -> int:
        return self.item.check_in_id


@dataclass(frozen=True)
class News:
    """What a desk is told at once. `occupancy` is None where it is as it was."""

    visits: tuple[Visit, ...] = ()
    occupancy: Occupancy | None = None
    has_gap: bool = False
    """More has happened than is told: the desk is to ask for all of it."""
