"""Rolling-origin evaluation: each day is predicted by a model trained on what was over by then.

For the snapshot of day t, training uses snapshots whose label windows ended by t. Nothing of the
predicted window, nor of the time after it, is ever in a training row.

Beside the methods, which are trained again on each snapshot with all data until then, stands the
product: the version that would have been active on that day by the steps of the weekly training
job.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from core.risk.churn import HORIZON_DAYS
from db.models.churn import ChurnLabel
from ds.churn.evaluation import intervals, measure, paired_auc, paired_brier
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples, build_samples, concatenate
from ds.churn.gates import predict_by_rules
from ds.churn.history import Bools, Floats, History, to_date, to_day_number
from ds.churn.models import Weights, fit_boosting, fit_logistic, fit_mean, fit_seed, predict
from ds.churn.training import (
    Candidate,
    Windows,
    build_both,
    choose,
    choose_windows,
    decide,
    has_enough,
    train_candidates,
)

STEP_DAYS = 7
"""Between snapshots, in training and in testing."""

WARM_UP_DAYS = 28
"""The first days of a log are no snapshots: no habit is known yet."""

MIN_SNAPSHOTS = 4
MIN_EVENTS = 20
"""Of training, for a first model."""

ABSENCE_DAYS = 14

RULE = "14 days away"
RECENCY = "recency rank"
SEED = "four features"
SEED_91 = "four features, 91 days"
SEED_28 = "four features, 28 days"
LOGISTIC = "logistic"
BOOSTING = "boosting"
CHAMPION = "champion"
"""The mean of the two, which docs/churn-evaluation.md committed to before its test."""
RULES = "rules"
"""The table of chances, which is used where no model is active. Only for the lapse within 30
days."""
PRODUCT = "product"
"""What a gym would have seen: the score of a version (see `Product`), else of the rules."""
METHODS = (RULE, RECENCY, SEED, SEED_91, SEED_28, LOGISTIC, BOOSTING, CHAMPION)
RANKS = frozenset({RULE, RECENCY})
"""Methods that only rank."""


class TooLittleHistory(Exception):
    """Why nothing can be evaluated, as text for the user."""


@dataclass(frozen=True)
class ActiveModel:
    """The version that would have been active on a snapshot's day."""

    day: date
    algorithm: str
    trained_to: date
    weights: Weights


@dataclass(frozen=True)
class Backtest:
    """Each method's prediction of each row, and the outcome.

    `active_models` are those of the snapshots on which a version of the gym's own would have been
    active. RULES and PRODUCT are among the methods only if they had a prediction on each snapshot.
    """

    samples: Samples
    predictions: Mapping[str, Floats]
    active_models: Sequence[ActiveModel] = ()


class Product:
    """The training job, replayed through the past: what it trains, proposes and promotes.

    As if the gym had come with all of its past on the first day: no version was active before.
    Pooled models are not followed, they need other gyms.
    """

    def __init__(self, history: History, label: ChurnLabel) -> None:
        self._history = history
        self._label = label
        self._active: ActiveModel | None = None
        self._number = 0

    def train(self, day: date) -> ActiveModel | None:
        """Train at the end of `day` and decide; return the model active then. Days must ascend."""
        self._number += 1
        members = int((self._history.joined_on <= to_day_number(day)).sum())
        windows = choose_windows(self._history.first_day, day, members)
        if windows is not None:
            train, test = build_both(self._history, windows, self._label)
            if has_enough(train, test):
                is_first = self._active is None
                candidates = train_candidates(train, test, windows, is_first=is_first)
                self._decide(day, candidates, test, windows)
        return self._active and replace(self._active, day=day)

    def _decide(
        self, day: date, candidates: Sequence[Candidate], test: Samples, windows: Windows
    ) -> None:
        chosen = choose(candidates, test)
        current = (self._number - 1, self._active.weights) if self._active else None
        decide(candidates, chosen, test, current)
        if chosen.is_promoted:
            self._active = ActiveModel(day, chosen.algorithm, windows.train[-1], chosen.weights)


def training_days(history: History, until: date) -> list[date]:
    """Snapshots, oldest first, up to and including `until`."""
    first = history.first_day
    if first is None:
        return []
    count = ((until - first).days - WARM_UP_DAYS) // STEP_DAYS + 1
    return [until - timedelta(days=STEP_DAYS * ago) for ago in reversed(range(max(0, count)))]


def backtest(
    history: History,
    first: date,
    last: date,
    *,
    label: ChurnLabel = ChurnLabel.LAPSE,
    horizon: int = HORIZON_DAYS,
) -> Backtest:
    """Run every method on the snapshots from `first` to `last`, weekly."""
    days = [
        first + timedelta(days=STEP_DAYS * number)
        for number in range((last - first).days // STEP_DAYS + 1)
    ]
    if not days:
        raise TooLittleHistory(f"there is no day from {first} to {last}")
    window = timedelta(days=horizon)
    if days[-1] + window > history.as_of:
        raise TooLittleHistory(
            f"what came of {days[-1]} is not known yet: the history ends on {history.as_of},"
            f" so the last day that can be tested is {history.as_of - window}"
        )
    _check(history, label, days[0] - window, horizon)
    # The job learns to predict HORIZON_DAYS, and nothing else.
    product = Product(history, label) if horizon == HORIZON_DAYS else None
    tested, predictions, active_models = [], [], []
    for day in days:
        test = build_samples(history, [day], label, horizon=horizon)
        if len(test):
            known = training_days(history, day - window)
            train = build_samples(history, known, label, horizon=horizon)
            predicted = _predict_all(train, test)
            by_rules = predict_by_rules(test)
            if by_rules is not None:
                predicted |= {RULES: by_rules, PRODUCT: by_rules}
            active_model = product.train(day) if product else None
            if active_model is not None:
                active_models.append(active_model)
                predicted[PRODUCT] = predict(active_model.weights, test.X)[0]
            tested.append(test)
            predictions.append(predicted)
    if not tested:
        raise TooLittleHistory(f"nobody could be judged from {first} to {last}")
    methods = [
        name
        for name in (*METHODS, RULES, PRODUCT)
        if all(name in predicted for predicted in predictions)
    ]
    return Backtest(
        concatenate(tested),
        {name: np.concatenate([predicted[name] for predicted in predictions]) for name in methods},
        active_models,
    )


def _check(history: History, label: ChurnLabel, until: date, horizon: int) -> None:
    days = training_days(history, until)
    samples = build_samples(history, days, label, horizon=horizon)
    events = int(samples.y.sum())
    if len(days) < MIN_SNAPSHOTS or not MIN_EVENTS <= events < len(samples):
        began = f"visits begin on {history.first_day}" if history.first_day else "no visits"
        raise TooLittleHistory(
            f"too little history to learn from before the first test: {len(days)} weekly snapshots"
            f" with {events} members lost ({began}); {MIN_SNAPSHOTS} snapshots and"
            f" {MIN_EVENTS} members lost are needed"
        )


def _predict_all(train: Samples, test: Samples) -> dict[str, Floats]:
    away = np.expm1(test.X[:, FEATURE_NAMES.index("days_away")])
    logistic, boosting = fit_logistic(train), fit_boosting(train)

    def predict_with(weights: Weights) -> Floats:
        return predict(weights, test.X)[0]

    return {
        RULE: (away >= ABSENCE_DAYS - 0.5).astype(np.float64),
        RECENCY: away,
        SEED: predict_with(fit_seed(train)),
        SEED_91: predict_with(fit_seed(train, "days_91")),
        SEED_28: predict_with(fit_seed(train, "days_28")),
        LOGISTIC: predict_with(logistic),
        BOOSTING: predict_with(boosting),
        CHAMPION: predict_with(fit_mean(logistic, boosting)),
    }


def groups_of(samples: Samples) -> dict[str, Bools]:
    return {"all": np.ones(len(samples), dtype=bool), "established": samples.is_established}


def summarise(test: Backtest) -> dict[str, Any]:
    """Figures per group and method, as `measure` has them, with `intervals`, and `against_seed`:
    the paired gains in brier and auc over logistic regression on the four features. `product` has
    the version that would have been active on each day."""
    samples = test.samples
    return {
        "label": samples.label.value,
        "horizon_days": samples.horizon,
        "from": to_date(samples.days.min()).isoformat(),
        "to": to_date(samples.days.max()).isoformat(),
        "snapshots": len(np.unique(samples.days)),
        "product": [
            {
                "day": one.day.isoformat(),
                "algorithm": one.algorithm,
                "trained_to": one.trained_to.isoformat(),
            }
            for one in test.active_models
        ],
        "groups": {
            group: {method: _summarise(test, which, method) for method in test.predictions}
            for group, which in groups_of(samples).items()
        },
    }


def _summarise(test: Backtest, which: Bools, method: str) -> dict[str, Any]:
    y, members = test.samples.y[which], test.samples.member_ids[which]
    p, rival = test.predictions[method][which], test.predictions[SEED][which]
    is_probability = method not in RANKS
    found = measure(p, y, is_probability=is_probability)
    if not 0 < found["events"] < found["n"]:
        return found
    found["intervals"] = intervals(p, y, members, is_probability=is_probability)
    if method != SEED:
        gains: dict[str, Callable[..., dict[str, float]]] = {"auc": paired_auc}
        if is_probability:
            gains["brier"] = paired_brier
        found["against_seed"] = {name: gain(p, rival, y, members) for name, gain in gains.items()}
    return found
