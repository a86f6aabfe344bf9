from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import Field

from api.check_ins.schemas import CheckInItem
from api.kit.schemas import Schema
from core.access import Decision


class Occupancy(Schema):
    inside: int = Field(description="Members who are inside now")


@dataclass(frozen=True)
class Visit:
    """A visit as it began, with what is to be said of it in whatever language."""

    item: CheckInItem
    decision: Decision
    arrival: Mapping[str, Any]

    @property
    def key(self) -> int:
        return self.item.check_in_id


@dataclass(frozen=True)
class News:
    """What a desk is told at once. `inside` is None where it is as it was."""

    visits: tuple[Visit, ...] = ()
    inside: int | None = None
    has_gap: bool = False
    """More has happened than is told: the desk is to ask for all of it."""
