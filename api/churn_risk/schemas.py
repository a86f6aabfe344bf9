from datetime import datetime
from enum import StrEnum

from pydantic import Field

from api.schemas import Schema
from db.at_risk import HIGH_CHURN

HORIZON_DAYS = 30
MEDIUM_CHURN = HIGH_CHURN / 2


class Source(StrEnum):
    """Who says the probability, from the best founded to the least."""

    GYM_MODEL = "gym model"
    POOLED_MODEL = "pooled model"
    RULES = "rules"
    """The table of days away: the member has not come for too long, or there is no model."""
    PRIOR = "prior"
    """Nothing is known yet: the share of all members."""


class Level(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ChurnReason(Schema):
    text: str = Field(description="In plain words, with the member's own numbers")


class ChurnRisk(Schema):
    """How likely a member is not to come, why, and who says so."""

    member_id: int
    as_of: datetime
    as_of_is_live: bool
    computed_at: datetime
    probability: float = Field(description="Of no visit in the `horizon_days` after as_of, 0 to 1")
    horizon_days: int = HORIZON_DAYS
    level: Level
    source: Source
    reasons: list[ChurnReason]
    note: str | None = Field(description="What to know about this answer, such as a short history")
