"""Fitting and scoring the churn models. Weights are plain JSON; `core.risk.churn` is the twin for
one member.

Form of the weights, for every algorithm:

    {"label", "algorithm", "horizon_days", "version", "intercept",
     "calibration": {"slope", "intercept"},
     "features": [{"name", "group", "kind": "linear", "missing", "reference", "scale",
                "coefficient"}
               or {"name", "group", "kind": "steps", "missing", "reference", "edges", "values"}]}

logit = calibration.intercept + slope * (intercept + sum of the features' contributions). A linear
contribution is coefficient * (x - reference) / scale; a step's is values[number of edges below x];
`missing` is what NaN contributes. All are measured from the typical member, whose value of each
feature is `reference`, so the intercept is that member's logit.
"""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.risk.churn import FEATURES, VERSION, contribution
from db.models.churn import Algorithm
from ds.churn.binning import MAX_BINS, find_bins, find_edges, merge_steps
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples, concatenate
from ds.churn.history import Floats, Ints

Weights = dict[str, Any]

REGULARISATION = 0.001
"""C of the logistic regression, for FULL_ROWS rows and more; fewer rows are not shrunk harder.
docs/churn-evaluation.md has how it was chosen."""

FULL_ROWS = 6000

SEED_FEATURES = (
    "weekly_frequency",
    "days_away",
    "minutes",
    "minutes_missing",
    "plan_known",
    "plan_open",
    "plan_months",
)
"""The original specification's four: weekly frequency, time since the last visit, mean duration of
the visits (with its missing flag), and the type of plan."""

SEED_REGULARISATION = 1.0
"""As good as none, for the few features of the original specification."""

SEASON_DAYS = 365
"""Snapshots must span so much before season and tenure can be learned from them: in a younger log
both only measure the age of the log."""

_NEED_A_YEAR = ("season", "tenure")

LEVEL_SD = 1.0
"""How much gyms differ in their level, as a standard deviation of the logit: an assumption that
only matters where a gym has few outcomes."""

RANDOM_STATE = 42
_CALIBRATION_FOLDS = 4
_LEVEL_SCALE = 10.0


def fit_logistic(
    samples: Samples,
    *,
    names: Sequence[str] = FEATURE_NAMES,
    regularisation: float = REGULARISATION,
    calibrate: bool = True,
) -> Weights:
    """Fit the logistic regression. Features that do not vary are left out.

    A calibration is learned where the snapshots allow it: see `learn_calibration`.
    """
    weights = _fit_linear(samples, names, regularisation)
    if calibrate:
        weights["calibration"] = learn_calibration(
            samples,
            lambda part: fit_logistic(
                part,
                names=names,
                regularisation=regularisation,
                calibrate=False,
            ),
        )
    return weights


def _fit_linear(
    samples: Samples,
    names: Sequence[str],
    regularisation: float,
    levels: Floats | None = None,
) -> Weights:
    """`levels` are columns of their own, hardly penalised and left out of the weights."""
    _check(samples)
    used = _usable(samples, names)
    X = samples.X[:, used]
    mean, scale = np.nanmean(X, axis=0), np.nanstd(X, axis=0)
    Z = np.nan_to_num((X - mean) / scale)
    if levels is not None:
        Z = np.column_stack([Z, levels])
    strength = regularisation * max(1.0, FULL_ROWS / len(samples))
    model = LogisticRegression(C=strength, solver="newton-cholesky", max_iter=1000, tol=1e-8)
    model.fit(Z, samples.y)
    coefficients = model.coef_[0]
    intercept = float(model.intercept_[0])
    if levels is not None:
        intercept += float(levels.max() * coefficients[len(used) :].mean())
    features = [
        {
            "name": FEATURE_NAMES[column],
            "group": FEATURES[FEATURE_NAMES[column]],
            "kind": "linear",
            "reference": float(mean[place]),
            "scale": float(scale[place]),
            "coefficient": float(coefficients[place]),
            "missing": 0.0,
        }
        for place, column in enumerate(used)
    ]
    return recentre(_make(samples, Algorithm.LOGISTIC, intercept, features), samples.X)


def learn_calibration(samples: Samples, fit: Callable[[Samples], Weights]) -> dict[str, float]:
    """Slope and intercept for the logits, from predictions of later snapshots than `fit` saw.

    Learned only where those snapshots span a year: on less they would be those of one season.
    """
    days = np.unique(samples.days)
    kept = {"slope": 1.0, "intercept": 0.0}
    if not len(days) or days[-1] - days[0] < 2 * SEASON_DAYS:
        return kept
    first = days[0] + (days[-1] - days[0] - SEASON_DAYS)
    cuts = np.linspace(first, days[-1] + 1, _CALIBRATION_FOLDS + 1)
    logits, outcomes = [], []
    for begin, end in itertools.pairwise(cuts):
        earlier = samples.take(samples.days + samples.horizon <= begin)
        later = samples.take((samples.days >= begin) & (samples.days < end))
        if not 0 < earlier.y.sum() < len(earlier):
            return kept
        logits.append(predict(fit(earlier), later.X)[1])
        outcomes.append(later.y)
    y = np.concatenate(outcomes)
    if not 0 < y.sum() < len(y):
        return kept
    model = LogisticRegression(C=np.inf).fit(np.concatenate(logits)[:, None], y)
    return {"slope": float(model.coef_[0, 0]), "intercept": float(model.intercept_[0])}


def fit_seed(samples: Samples, frequency: str = "weekly_frequency") -> Weights:
    """The rival: logistic regression on the four features of the original specification.

    `frequency` may be another count of visited days, where half a year is not meant by "weekly".
    """
    return fit_logistic(
        samples,
        names=(frequency, *SEED_FEATURES[1:]),
        regularisation=SEED_REGULARISATION,
        calibrate=False,
    )


def fit_boosting(
    samples: Samples, *, names: Sequence[str] = FEATURE_NAMES, rounds: int = 120, rate: float = 0.05
) -> Weights:
    """Fit gradient boosting without interactions, converted exactly to a table of steps per
    feature."""
    _check(samples)
    used = _usable(samples, names)
    edges = [find_edges(samples.X[:, column]) for column in used]
    codes = np.column_stack(
        [find_bins(one, samples.X[:, column]) for one, column in zip(edges, used, strict=True)]
    )
    model = HistGradientBoostingClassifier(
        max_iter=rounds,
        learning_rate=rate,
        max_leaf_nodes=8,
        min_samples_leaf=max(20, len(samples) // 200),
        l2_regularization=1.0,
        max_bins=MAX_BINS,
        interaction_cst="no_interactions",
        early_stopping=False,
        random_state=RANDOM_STATE,
    )
    # Data of this size are slower on several threads, far slower on a busy machine.
    with threadpool_limits(1, user_api="openmp"):
        model.fit(codes, samples.y)
    # Without interactions a feature adds the same whatever the others are: one row per bin.
    bins = [len(one) + 1 for one in edges]
    rows = np.full((1 + sum(bins), len(used)), np.nan)
    row = np.arange(1, len(rows))
    rows[row, np.repeat(np.arange(len(used)), bins)] = np.concatenate([np.arange(n) for n in bins])
    # Called once: each call goes through every tree.
    base, *contributions = model.decision_function(rows)
    features = []
    for place, values in enumerate(np.split(np.array(contributions) - base, np.cumsum(bins)[:-1])):
        column = used[place]
        name = FEATURE_NAMES[column]
        features.append(
            {
                "name": name,
                "group": FEATURES[name],
                "kind": "steps",
                "reference": None,
                **merge_steps(edges[place], values),
                "missing": 0.0,
            }
        )
    return recentre(_make(samples, Algorithm.ADDITIVE_BOOSTING, float(base), features), samples.X)


def fit_mean(first: Weights, second: Weights) -> Weights:
    """The mean of two models' logits, which is additive as they are."""
    features = []
    for weights in (first, second):
        slope = weights["calibration"]["slope"] / 2
        for feature in weights["features"]:
            features.append(_scale_feature(feature, slope))
    intercept = sum(
        (w["calibration"]["intercept"] + w["calibration"]["slope"] * w["intercept"]) / 2
        for w in (first, second)
    )
    return {
        **first,
        "algorithm": Algorithm.ADDITIVE_MEAN,
        "intercept": intercept,
        "features": features,
        "calibration": {"slope": 1.0, "intercept": 0.0},
    }


def _scale_feature(feature: Weights, slope: float) -> Weights:
    scaled = {**feature, "missing": slope * feature["missing"]}
    if feature["kind"] == "linear":
        return scaled | {"coefficient": slope * feature["coefficient"]}
    return scaled | {"values": [slope * value for value in feature["values"]]}


def recentre(weights: Weights, X: Floats) -> Weights:
    """The same model, measured from the typical member of these rows: the median of each feature,
    or not known where that is so for most. No probability changes."""
    intercept = weights["intercept"]
    features = []
    for feature in weights["features"]:
        x = X[:, FEATURE_NAMES.index(feature["name"])]
        is_missing = np.isnan(x)
        # A median between two values would be no member's value.
        typical = (
            None
            if 2 * is_missing.sum() >= len(x)
            else float(np.quantile(x[~is_missing], 0.5, method="lower"))
        )
        shift = contribution(feature, typical)
        intercept += shift
        moved = {**feature, "missing": feature["missing"] - shift}
        if feature["kind"] == "steps":
            moved |= {"reference": typical, "values": [v - shift for v in feature["values"]]}
        elif feature["coefficient"]:
            moved["reference"] += shift * feature["scale"] / feature["coefficient"]
        features.append(moved)
    return {**weights, "intercept": intercept, "features": features}


def fit_pooled(gyms: Sequence[Samples], *, regularisation: float = REGULARISATION) -> Weights:
    """Fit one logistic regression on several gyms, each with a level of its own.

    The model is that of their average: `fit_gym_intercept` gives it the level of one gym.
    """
    samples = concatenate(gyms)
    gym = np.repeat(np.arange(len(gyms)), [len(part) for part in gyms])
    levels = _LEVEL_SCALE * (gym[:, None] == np.arange(len(gyms)))
    return _fit_linear(samples, FEATURE_NAMES, regularisation, levels=levels)


def fit_gym_intercept(weights: Weights, samples: Samples) -> Weights:
    """A pooled model for one gym: its level is shifted to the gym's own outcomes, as far as their
    number warrants, and contributions are measured from the gym's typical member."""
    if not len(samples):
        return weights
    weights = recentre(weights, samples.X)
    _, logit, _ = predict(weights, samples.X)
    calibration = weights["calibration"]
    shift = _find_shift(logit, samples.y)
    return {
        **weights,
        "calibration": {**calibration, "intercept": calibration["intercept"] + shift},
    }


def _find_shift(logit: Floats, y: Ints) -> float:
    """The most likely constant to add to the logits, given that gyms differ by about LEVEL_SD."""
    shift = 0.0
    for _ in range(50):
        p = _sigmoid(logit + shift)
        slope = float((y - p).sum()) - shift / LEVEL_SD**2
        curve = float((p * (1 - p)).sum()) + 1 / LEVEL_SD**2
        step = slope / curve
        shift += max(-1.0, min(1.0, step))
        if abs(step) < 1e-12:
            break
    return shift


def _check(samples: Samples) -> None:
    events = int(samples.y.sum())
    if events == 0 or events == len(samples):
        raise ValueError(f"cannot learn from {len(samples)} samples with {events} events")


def _usable(samples: Samples, names: Sequence[str]) -> Ints:
    """Columns of the wanted features that vary, and that the snapshots are long enough for."""
    columns = []
    for name in names:
        column = FEATURE_NAMES.index(name)
        values = samples.X[:, column]
        known = values[~np.isnan(values)]
        if FEATURES[name] in _NEED_A_YEAR and not _spans_year(samples):
            continue
        if len(known) and known.min() < known.max():
            columns.append(column)
    return np.array(columns, dtype=np.int64)


def _spans_year(samples: Samples) -> bool:
    return int(samples.days.max() - samples.days.min()) >= SEASON_DAYS


def _make(
    samples: Samples, algorithm: Algorithm, intercept: float, features: list[dict[str, Any]]
) -> Weights:
    return {
        "label": samples.label,
        "algorithm": algorithm,
        "horizon_days": samples.horizon,
        "version": VERSION,
        "intercept": intercept,
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "features": features,
    }


def contributions_of(weights: Weights, X: Floats) -> Floats:
    """What each term of the model adds to the logit, in the order of `weights["features"]`."""
    slope = weights["calibration"]["slope"]
    found = np.empty((len(X), len(weights["features"])))
    for place, feature in enumerate(weights["features"]):
        x = X[:, FEATURE_NAMES.index(feature["name"])]
        if feature["kind"] == "linear":
            contributions = feature["coefficient"] * (x - feature["reference"]) / feature["scale"]
        else:
            contributions = np.asarray(feature["values"])[np.searchsorted(feature["edges"], x)]
        found[:, place] = slope * np.where(np.isnan(x), feature["missing"], contributions)
    return found


def predict(weights: Weights, X: Floats) -> tuple[Floats, Floats, Floats]:
    """Probability, logit, and the contribution of each feature with a column per FEATURE_NAMES.

    logit = `base_logit(weights)` + the row's sum of contributions.
    """
    contributions = np.zeros((len(X), len(FEATURE_NAMES)))
    for place, terms in enumerate(contributions_of(weights, X).T):
        contributions[:, FEATURE_NAMES.index(weights["features"][place]["name"])] += terms
    logit = base_logit(weights) + contributions.sum(axis=1)
    return _sigmoid(logit), logit, contributions


def base_logit(weights: Weights) -> float:
    """The logit of the typical member, from whom contributions are measured."""
    calibration = weights["calibration"]
    return float(calibration["intercept"] + calibration["slope"] * weights["intercept"])


def _sigmoid(logit: Floats) -> Floats:
    # tanh cannot overflow.
    return 0.5 * (1 + np.tanh(logit / 2))
