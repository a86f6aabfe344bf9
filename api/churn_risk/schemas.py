from datetime import date, datetime
from enum import StrEnum

from pydantic import ConfigDict, Field

from api.kit.schemas import Schema
from core.risk.churn import HORIZON_DAYS
from db.models import ChurnLabel
from db.stats.at_risk import HIGH_CHURN

MEDIUM_CHURN = HIGH_CHURN / 2


class ChurnRiskSource(StrEnum):
    """What the probability comes from, best evidence first."""

    GYM_MODEL = "gym model"
    POOLED_MODEL = "pooled model"
    RULES = "rules"
    """The table of days away: the member has not come for too long, or there is no model."""
    PRIOR = "prior"
    """Nothing is known yet: the share of all members."""


class ChurnRiskLevel(StrEnum):
    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class ChurnReason(Schema):
    code: str = Field(description="Group of features, or a reason code of the at-risk list")
    text: str = Field(description="A sentence with the member's own numbers")


class Contribution(Schema):
    """How far a group of features moves this member from the typical one."""

    group: str
    contribution: float = Field(description="Added to the logit; above 0 makes it more likely")
    text: str


class ActiveModel(Schema):
    model_id: int
    label: ChurnLabel
    scope: str
    algorithm: str
    version: str = Field(description="Of features and training")
    trained_from: date
    trained_to: date
    auc: float | None = Field(description="On the newest window, which training had not seen")
    brier: float | None
    ece: float | None = Field(description="Expected calibration error there")
    promoted_at: datetime | None


class Outlook(Schema):
    """A model's score. `base` plus all contributions is `logit`, the log odds."""

    probability: float
    logit: float
    base: float = Field(description="Logit of the gym's typical member")
    contributions: list[Contribution] = Field(description="Largest first")
    reasons: list[ChurnReason] = Field(
        description="What moves the member most towards where they are: up if above the typical"
        " member, else down"
    )
    model: ActiveModel


class PastScore(Schema):
    as_of: date
    label: ChurnLabel
    probability: float
    model_id: int


class ChurnRisk(Schema):
    """How likely a member is not to come, why, and what that is based on."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "member_id": 1042,
                    "as_of": "2026-11-18T12:00:00Z",
                    "as_of_is_live": True,
                    "computed_at": "2026-11-18T12:00:00Z",
                    "day": "2026-11-17",
                    "horizon_days": 30,
                    "label": "lapse",
                    "probability": 0.62,
                    "level": "high",
                    "source": "gym model",
                    "logit": 0.49,
                    "base": -1.9,
                    "contributions": [
                        {
                            "group": "drop",
                            "contribution": 1.61,
                            "text": "Came 2.8 times a week before, 0.5 now",
                        },
                        {
                            "group": "recency",
                            "contribution": 0.78,
                            "text": "9 days away, usually comes every 3 days",
                        },
                    ],
                    "reasons": [
                        {"code": "drop", "text": "Came 2.8 times a week before, 0.5 now"},
                        {"code": "recency", "text": "9 days away, usually comes every 3 days"},
                    ],
                    "history": [
                        {
                            "as_of": "2026-11-16",
                            "label": "lapse",
                            "probability": 0.58,
                            "model_id": 7,
                        }
                    ],
                }
            ]
        }
    )

    member_id: int
    as_of: datetime
    as_of_is_live: bool
    computed_at: datetime
    day: date = Field(
        description="The 30 days begin after it: the newest day that is over, or that of a visit"
        " since"
    )
    horizon_days: int = HORIZON_DAYS
    label: ChurnLabel = ChurnLabel.LAPSE
    probability: float = Field(description="Of no visit in the `horizon_days` after `day`, 0 to 1")
    level: ChurnRiskLevel = Field(
        description=f"high from {HIGH_CHURN:g}, medium from {MEDIUM_CHURN:g} on, else low"
    )
    source: ChurnRiskSource
    logit: float | None = Field(description="null unless a model is active, as `base` and `model`")
    base: float | None
    contributions: list[Contribution]
    reasons: list[ChurnReason]
    model: ActiveModel | None
    cancel: Outlook | None = Field(
        description="That within 30 days notice is given, or the membership runs out and is not"
        " renewed; where the gym has a model of it, the member a membership and notice has not been"
        " given"
    )
    notice_for: date | None = Field(
        description="Last day of the membership, where notice of it has been given: a fact, so"
        " `cancel` says nothing"
    )
    history: list[PastScore] = Field(description="What models said of earlier days, newest first")
    note: str | None = Field(description="What to know about this answer, such as a short history")
