from enum import StrEnum
from typing import Self

from pydantic import Field

from api.kit.schemas import Schema
from api.kit.translation import translate
from core.risk.scoring import Reason, ReasonCode, format_reason
from db.stats.at_risk import Tab


class TabChoice(StrEnum):
    """A tab of the at-risk list, or all of them."""

    DRIFTING = Tab.DRIFTING
    GONE = Tab.GONE
    NOT_STARTED = Tab.NOT_STARTED
    ALL = "all"

    @property
    def tab(self) -> Tab | None:
        return None if self is TabChoice.ALL else Tab(self.value)


class RiskSource(StrEnum):
    """What a member's risk was computed by."""

    MODEL = "model"
    """The gym's own model."""
    POOLED = "pooled"
    """A model of several gyms."""
    RULES = "rules"
    """The documented table, by days away."""


class ReasonItem(Schema):
    code: ReasonCode
    text: str = Field(description="A sentence with the member's own numbers")
    numbers: dict[str, float | None]

    @classmethod
    def of(cls, reason: Reason) -> Self:
        return cls(
            code=reason.code, text=translate(format_reason(reason)), numbers=dict(reason.numbers)
        )
