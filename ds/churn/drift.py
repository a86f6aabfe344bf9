"""How far the data moved from a model's training data, and how its level held since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from core.risk.churn import FEATURES
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples
from ds.churn.history import Floats, to_date
from ds.churn.models import Weights, predict

PSI_ALARM = 0.2
"""The usual line above which a population stability index counts as a shift."""
LEVEL_ALARM = 0.05
"""Mean probability minus the observed share, on a finished window."""
MIN_MEMBERS = 100
"""Members below which a figure is left out as meaningless."""

_BINS = 10
_MIN_SHARE = 1e-3


@dataclass(frozen=True)
class Level:
    """Expected and observed share of one snapshot."""

    day: date
    members: int
    expected: float
    came_true: float

    @property
    def bias(self) -> float:
        return self.expected - self.came_true


Baseline = dict[str, dict[str, list[float]]]
"""How each feature was distributed in training: the edges of its classes and their shares."""


def make_baseline(X: Floats, names: Sequence[str]) -> Baseline:
    """What later runs are compared with. Season is left out: it moves with the calendar."""
    kept: Baseline = {}
    for name in names:
        if FEATURES[name] == "season":
            continue
        values = X[:, FEATURE_NAMES.index(name)]
        known = values[~np.isnan(values)]
        edges = known
        if len(known):
            edges = np.unique(np.quantile(known, np.linspace(0, 1, _BINS + 1)[1:-1]))
        kept[name] = {
            "edges": edges.tolist(),
            "shares": np.round(_shares(values, edges), 5).tolist(),
        }
    return kept


def measure_shift(edges: Sequence[float], shares: Sequence[float], now: Floats) -> float:
    """Population stability index of one feature: sum of (q - p) * ln(q / p) over the classes, of
    which not known is one. 0 is no shift."""
    p = np.maximum(shares, _MIN_SHARE)
    q = np.maximum(_shares(now, np.asarray(edges)), _MIN_SHARE)
    return float(((q - p) * np.log(q / p)).sum())


def _shares(values: Floats, edges: Floats) -> Floats:
    # An edge belongs to the class below it, so that a flag's 0 and 1 are in different classes.
    codes = np.searchsorted(edges, values, side="left")
    codes = np.where(np.isnan(values), len(edges) + 1, codes)
    return np.bincount(codes, minlength=len(edges) + 2) / max(len(values), 1)


def measure_shifts(baseline: Baseline, now: Floats) -> dict[str, float]:
    """The index of each feature; none where too few members are scored."""
    if len(now) < MIN_MEMBERS:
        return {}
    return {
        name: round(measure_shift(**one, now=now[:, FEATURE_NAMES.index(name)]), 4)
        for name, one in baseline.items()
    }


def measure_levels(weights: Weights, samples: Samples) -> list[Level]:
    """Expected and true share of each snapshot that is large enough, oldest first."""
    probability, _, _ = predict(weights, samples.X)
    levels = []
    for number in np.unique(samples.days):
        rows = samples.days == number
        if rows.sum() >= MIN_MEMBERS:
            levels.append(
                Level(
                    to_date(number),
                    int(rows.sum()),
                    float(probability[rows].mean()),
                    float(samples.y[rows].mean()),
                )
            )
    return levels


def describe_drift(
    weights: Weights, baseline: Baseline, train_to: date, now: Floats, finished: Samples
) -> dict[str, Any]:
    """All figures of a run, with the alarms as text. `now` are the features of the members who are
    scored today, `finished` the snapshots whose outcome is known."""
    shifts = measure_shifts(baseline, now)
    levels = measure_levels(weights, finished)
    unseen = [level for level in levels if level.day > train_to]
    season = _compare_season(levels)
    alarms = [
        f"{name} has shifted: stability index {value:.2f}, alarm above {PSI_ALARM}"
        for name, value in shifts.items()
        if value > PSI_ALARM
    ] + [
        f"on {level.day} it expected {level.expected:.1%}, {level.came_true:.1%} came true"
        for level in unseen
        if abs(level.bias) > LEVEL_ALARM
    ]
    return {
        "shifts": shifts,
        "levels": [
            {
                "day": level.day.isoformat(),
                "members": level.members,
                "expected": round(level.expected, 4),
                "came_true": round(level.came_true, 4),
                "bias": round(level.bias, 4),
                "in_training": level not in unseen,
            }
            for level in levels
        ],
        "season": season,
        "alarms": alarms,
    }


def _compare_season(levels: list[Level]) -> dict[str, Any] | None:
    """The newest snapshot beside the one a year before, where both are known."""
    if not levels:
        return None
    newest = levels[-1]
    then = next((one for one in levels if 357 <= (newest.day - one.day).days <= 371), None)
    if then is None:
        return None
    return {
        "day": newest.day.isoformat(),
        "came_true": round(newest.came_true, 4),
        "year_before": then.day.isoformat(),
        "came_true_then": round(then.came_true, 4),
    }
