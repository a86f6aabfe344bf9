"""What the churn models say of one member, and of themselves."""

from typing import Any, TypedDict


class Contribution(TypedDict):
    group: str
    contribution: float
    text: str


class SpeakingModel(TypedDict):
    model_id: int
    label: str
    scope: str
    trained_to: str
    auc: float | None


class CancelOutlook(TypedDict):
    probability: float


class ChurnRisk(TypedDict):
    member_id: int
    day: str
    probability: float
    level: str
    source: str
    contributions: list[Contribution]
    model: SpeakingModel | None
    cancel: CancelOutlook | None
    note: str | None


class ChurnModel(TypedDict):
    model_id: int
    label: str
    scope: str
    as_of: str
    train_to: str
    is_current: bool
    decision: str
    measured: dict[str, Any] | None
    alarms: list[str]
    card: str
