"""Churn models and scores as ds leaves them behind. As ops: the application may only read them."""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core.risk.churn import FEATURES, VERSION
from db.cache_version import mark_changed
from db.models import ChurnModel, ChurnScore, Gym, MemberStats


def linear(name: str, coefficient: float, reference: float = 0.0) -> dict[str, Any]:
    """One feature of a logistic model; a value that is not known contributes nothing."""
    return {
        "name": name,
        "group": FEATURES[name],
        "kind": "linear",
        "missing": 0.0,
        "reference": reference,
        "scale": 1.0,
        "coefficient": coefficient,
    }


WEIGHTS: dict[str, Any] = {
    "label": "lapse",
    "algorithm": "logistic",
    "horizon_days": 30,
    "version": VERSION,
    "intercept": -1.5,
    "calibration": {"slope": 0.9, "intercept": 0.1},
    "features": [
        linear("days_away", 0.8, 1.1),
        linear("gap_ratio", 0.3),
        linear("drop", 1.3),
        linear("days_28", -0.4, 2.0),
        linear("minutes_missing", 0.2),
        linear("plan_months", -0.1, 2.0),
        {
            "name": "tenure",
            "group": "tenure",
            "kind": "steps",
            "missing": 0.0,
            "reference": 5.0,
            "edges": [3.0, 5.5],
            "values": [0.6, 0.0, -0.35],
        },
    ],
}


def create_churn_model(session: Session, *, gym: Gym, **over: Any) -> ChurnModel:
    """An active model, unless `is_current=False`."""
    values: dict[str, Any] = {
        "gym_id": gym.gym_id,
        "label": "lapse",
        "scope": "gym",
        "algorithm": "logistic",
        "code_version": str(VERSION),
        "as_of": date(2026, 11, 15),
        "train_from": date(2025, 11, 1),
        "train_to": date(2026, 9, 15),
        "data_sha256": "0" * 64,
        "rows": 1000,
        "events": 240,
        "weights": WEIGHTS,
        "metrics": {"all": {"auc": 0.88, "brier": 0.12, "ece": 0.03}},
        "card": "card",
        "decision": "Promoted",
        "is_current": True,
    }
    model = ChurnModel(**(values | over))
    session.add(model)
    session.flush()
    mark_changed(session, gym.gym_id)
    return model


def create_churn_score(
    session: Session,
    *,
    model: ChurnModel,
    member_id: int,
    probability: float,
    as_of: date,
    reasons: tuple[tuple[str, float], ...] = (("drop", 1.2), ("recency", 0.7)),
) -> None:
    """A score of one day, and for the label lapse what lists read of it."""
    session.add(
        ChurnScore(
            gym_id=model.gym_id,
            member_id=member_id,
            label=model.label,
            as_of=as_of,
            model_id=model.model_id,
            probability=probability,
            logit=0.0,
            reasons=[{"group": group, "contribution": added} for group, added in reasons],
        )
    )
    if model.label == "lapse":
        stats = session.get_one(MemberStats, (model.gym_id, member_id))
        stats.churn_probability = probability
        stats.churn_scored_on = as_of
    session.flush()
    mark_changed(session, model.gym_id)
