"""Forecasts against outcomes: one row of figures per method."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np
import pandas as pd
from scipy.stats import spearmanr

TOP = 0.1


@dataclass(frozen=True)
class Score:
    """Errors in the orders' currency. `capture`: share of all money that came from the tenth with
    the highest forecasts. `bias`: forecast total / true total - 1."""

    method: str
    customers: int
    mae: float
    rmse: float
    spearman: float
    capture: float
    bias: float

    def to_dict(self) -> dict[str, float | str | None]:
        """Figures that do not exist, as the rank of equal forecasts, are None."""
        return {
            key: None if isinstance(value, float) and not np.isfinite(value) else value
            for key, value in asdict(self).items()
        }


def score(method: str, forecast: "pd.Series[float]", truth: "pd.Series[float]") -> Score:
    """Compare one forecast with the truth of the same customers, in the same order."""
    predicted, actual = forecast.to_numpy(dtype=float), truth.to_numpy(dtype=float)
    error = predicted - actual
    total = float(actual.sum())
    best = np.argsort(-predicted, kind="stable")[: max(1, round(TOP * len(actual)))]
    varies = len(actual) > 1 and np.ptp(predicted) > 0 and np.ptp(actual) > 0
    return Score(
        method,
        len(actual),
        float(np.abs(error).mean()),
        float(np.sqrt((error**2).mean())),
        float(spearmanr(predicted, actual).statistic) if varies else float("nan"),
        float(actual[best].sum()) / total if total else float("nan"),
        float(predicted.sum()) / total - 1 if total else float("nan"),
    )


def compare(forecasts: Mapping[str, "pd.Series[float]"], truth: "pd.Series[float]") -> list[Score]:
    """Score each forecast on the customers of `truth`; one without a forecast is expected to pay
    0."""
    return [
        score(method, forecast.reindex(truth.index).fillna(0.0), truth)
        for method, forecast in forecasts.items()
    ]


def format_scores(scores: list[Score]) -> str:
    """The figures as a table of fixed width."""
    width = max(len(found.method) for found in scores)
    lines = [f"{'method':{width}} {'MAE':>10} {'RMSE':>10} {'rank':>6} {'top 10%':>8} {'total':>8}"]
    for found in scores:
        lines.append(
            f"{found.method:{width}} {found.mae:10,.2f} {found.rmse:10,.2f}"
            f" {found.spearman:6.3f} {found.capture:8.1%} {found.bias:+8.1%}"
        )
    return "\n".join(lines)
