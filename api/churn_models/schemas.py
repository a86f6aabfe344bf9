from datetime import date, datetime
from typing import Any

from pydantic import ConfigDict, Field

from api.kit.schemas import Schema
from db.models import ChurnLabel


class Measured(Schema):
    """Figures of a version on the newest window that it was not trained on."""

    n: int = Field(description="Members and days")
    events: int = Field(description="Of them with the outcome")
    auc: float | None = Field(description="Chance that a leaver is ranked above a stayer")
    brier: float | None = Field(description="Mean squared error, less is better")
    ece: float | None = Field(description="Mean distance of expected and true share")
    bias: float | None = Field(description="Mean probability less the true share")
    lift_at_10: float | None = Field(
        description="How many times more leavers the riskiest tenth has than all"
    )


class ChurnModelItem(Schema):
    """A version of a churn model, whether it is active, and why."""

    model_config = ConfigDict(
        from_attributes=True,
        protected_namespaces=(),
        json_schema_extra={
            "examples": [
                {
                    "model_id": 4,
                    "label": "lapse",
                    "scope": "gym",
                    "algorithm": "logistic",
                    "code_version": "1",
                    "as_of": "2026-11-17",
                    "train_from": "2025-08-01",
                    "train_to": "2026-08-28",
                    "rows": 19182,
                    "events": 617,
                    "is_current": True,
                    "decision": "Promoted: every gate is passed.",
                    "measured": {
                        "n": 2522,
                        "events": 97,
                        "auc": 0.906,
                        "brier": 0.0253,
                        "ece": 0.012,
                        "bias": -0.011,
                        "lift_at_10": 7.0,
                    },
                    "alarms": [],
                    "card": "# Logistic regression: no visit within 30 days\n",
                    "created_at": "2026-11-18T03:10:00Z",
                    "promoted_at": "2026-11-18T03:10:00Z",
                }
            ]
        },
    )

    model_id: int
    label: ChurnLabel = Field(description="lapse: no visit; cancel: notice or no renewal")
    scope: str = Field(description="gym: learned from this gym; pooled: from several")
    algorithm: str
    code_version: str = Field(description="Of features and training")
    as_of: date = Field(description="Nothing after this day was read")
    train_from: date
    train_to: date = Field(description="Last snapshot it learned from")
    rows: int = Field(description="Samples it learned from")
    events: int = Field(description="Of them with the outcome")
    is_current: bool = Field(description="It is the active version")
    decision: str = Field(description="Why it was promoted or not")
    measured: Measured | None
    alarms: list[str] = Field(description="How the data has moved too far")
    card: str = Field(description="The model card, Markdown")
    created_at: datetime
    promoted_at: datetime | None


def read_measured(metrics: dict[str, Any]) -> Measured | None:
    found = metrics.get("all")
    return None if found is None else Measured.model_validate(found)
