"""Train churn models, measure them on the newest finished window, and decide which one to promote.

The split is in time: every outcome that training has seen was known before the first snapshot that
a model is measured on. What is measured is what is stored: a promoted version is the very one that
stood the test, and a later one is compared with it on snapshots that neither has learned from.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from core.risk.churn import HORIZON_DAYS, VERSION
from db.models.churn import Algorithm, ChurnLabel
from ds.churn.evaluation import measure, reliability
from ds.churn.features import Samples, build_samples
from ds.churn.gates import Gate, check_gates, compare_brier, predict_by_rules
from ds.churn.history import Floats, History, Ints
from ds.churn.models import Weights, fit_boosting, fit_logistic, fit_mean, predict

CODE_VERSION = str(VERSION)
"""Of features and training. Another one's weights cannot be computed on these features."""

MIN_HISTORY = 90
"""Days from the first visit below which nothing is learned."""
MIN_MEMBERS = 200
MIN_EVENTS = 50
"""Members with the outcome in training: below it a gym has no model of its own."""
MAX_ROWS = 40_000
"""Samples to train on: more of them make the run longer and the model no better."""
MAX_SNAPSHOTS = 52
STEP = 8
"""Days between snapshots. Not a week: how long ago people came depends on the weekday."""
WARM_UP = 28
"""Days at the beginning of a log on which no habit is known yet."""
LONG_HISTORY = 180
TEST_SNAPSHOTS = 4


@dataclass(frozen=True)
class Windows:
    """Snapshots to train on, and the newest ones whose outcome is known, to be measured on."""

    train: list[date]
    newest: list[date]


def choose_windows(
    first: date | None, day: date, members: int, *, max_rows: int = MAX_ROWS
) -> Windows | None:
    """Snapshots up to `day`, the newest finished day; None where the history is too short.

    `members` is how many there are: of a large gym fewer snapshots are enough.
    """
    if first is None or (day - first).days < MIN_HISTORY:
        return None
    count = TEST_SNAPSHOTS if (day - first).days >= LONG_HISTORY else 1
    last = day - timedelta(days=HORIZON_DAYS)
    newest = [last - timedelta(days=STEP * ago) for ago in reversed(range(count))]
    step = STEP * max(1, -(-members * MAX_SNAPSHOTS // max_rows))
    train: list[date] = []
    one = newest[0] - timedelta(days=HORIZON_DAYS)
    while one >= first + timedelta(days=WARM_UP) and len(train) * step < MAX_SNAPSHOTS * STEP:
        train.append(one)
        one -= timedelta(days=step)
    return Windows(train[::-1], newest) if train else None


def hash_samples(samples: Samples) -> str:
    """SHA-256 of all that training reads, hex."""
    state = hashlib.sha256(",".join(samples.feature_names).encode())
    for array in (samples.member_ids, samples.days, samples.y, samples.X):
        state.update(np.ascontiguousarray(array).tobytes())
    return state.hexdigest()


def count_members(samples: Samples) -> tuple[int, int]:
    """Different members, and those of them who had the outcome."""
    had = samples.member_ids[samples.y == 1]
    return len(np.unique(samples.member_ids)), len(np.unique(had))


def has_enough(train: Samples, test: Samples) -> bool:
    """Whether a model of the gym's own can be learned and measured."""
    members, events = count_members(train)
    return members >= MIN_MEMBERS and events >= MIN_EVENTS and 0 < test.y.sum() < len(test)


@dataclass
class Candidate:
    """A trained model, measured."""

    algorithm: Algorithm
    weights: Weights
    probability: Floats
    """On the newest window."""
    metrics: dict[str, Any]
    gates: list[Gate]
    decision: str = ""
    is_promoted: bool = False

    @property
    def failures(self) -> list[Gate]:
        return [gate for gate in self.gates if not gate.passed]


def train_candidates(
    train: Samples, test: Samples, windows: Windows, *, is_first: bool = True
) -> list[Candidate]:
    """Champion first, then the challengers, measured on the newest window."""
    logistic, boosting = fit_logistic(train), fit_boosting(train)
    fitted = {
        Algorithm.LOGISTIC: logistic,
        Algorithm.ADDITIVE_BOOSTING: boosting,
        Algorithm.ADDITIVE_MEAN: fit_mean(logistic, boosting),
    }
    prior = float(train.y.mean())
    return [
        measure_candidate(name, weights, prior, test, windows, is_first=is_first)
        for name, weights in fitted.items()
    ]


def measure_candidate(
    algorithm: Algorithm,
    weights: Weights,
    prior: float,
    test: Samples,
    windows: Windows,
    *,
    is_first: bool = True,
) -> Candidate:
    """Measure a model on the newest window. `prior` is the share of the outcome in training;
    `is_first`: no version is active that it could be compared with."""
    probability, _, _ = predict(weights, test.X)
    everybody = measure(probability, test.y)
    established = test.is_established
    against_prior = compare_brier(probability, np.full(len(test), prior), test)
    metrics: dict[str, Any] = {
        "newest_window": {
            "from": windows.newest[0].isoformat(),
            "to": windows.newest[-1].isoformat(),
            "snapshots": len(windows.newest),
        },
        "all": everybody,
        "established": measure(probability[established], test.y[established]),
        "calibration": table_calibration(probability, test.y),
        "prior": {"share": round(prior, 4), **vars(against_prior)},
    }
    against_rules = None
    by_rules = predict_by_rules(test)
    if by_rules is not None:
        against_rules = compare_brier(probability, by_rules, test)
        metrics["rules"] = {**measure(by_rules, test.y), **vars(against_rules)}
    is_young = len(windows.newest) < TEST_SNAPSHOTS
    rival = against_rules if is_first or is_young else None
    gates = check_gates(everybody, against_prior, rival)
    return Candidate(algorithm, weights, probability, metrics, gates)


def choose(candidates: Sequence[Candidate], test: Samples) -> Candidate:
    """The champion, or a challenger whose Brier is lower by more than its standard error."""
    best, *challengers = candidates
    champion = best
    for one in challengers:
        gain = compare_brier(one.probability, champion.probability, test)
        one.metrics["champion"] = {"gain": gain.gain, "error": gain.error}
        if gain.is_clear and not one.failures and brier(one) < brier(best):
            best = one
    return best


def brier(candidate: Candidate) -> float:
    return float(candidate.metrics["all"]["brier"])


def decide(
    candidates: Sequence[Candidate],
    chosen: Candidate,
    test: Samples,
    current: tuple[int, Weights] | None,
) -> None:
    """Write each candidate's decision, as text, and mark the one to promote, if any.

    `current` is the number and the weights of the active version if it can be computed on today's
    features; else None.
    """
    for one in candidates:
        if one is not chosen:
            one.decision = _explain_not_chosen(one, chosen)
    if chosen.failures:
        reasons = "; ".join(f"{gate.name}: {gate.words}" for gate in chosen.failures)
        chosen.decision = f"Not promoted. It fails {reasons}."
        return
    if current is None:
        chosen.is_promoted = True
        chosen.decision = (
            "Promoted: no version that these features can be computed for is active yet, every gate"
            f" is passed, and its Brier is {_compare_with_rival(chosen.metrics)}."
        )
        return
    number, weights = current
    current_probability, _, _ = predict(weights, test.X)
    gain = compare_brier(chosen.probability, current_probability, test)
    chosen.metrics["current"] = {
        "model_id": number,
        "brier": float(np.mean((current_probability - test.y) ** 2)),
        "gain": gain.gain,
        "error": gain.error,
    }
    comparison = (
        f"on the newest window its Brier is {_format_gain(gain.gain)} than that of version"
        f" {number}, standard error {gain.error:.5f}"
    )
    chosen.is_promoted = gain.is_clear
    chosen.decision = f"{'Promoted' if gain.is_clear else 'Not promoted'}: {comparison}."


def _compare_with_rival(metrics: Mapping[str, Any]) -> str:
    """How far below that of the alternative: the rules, or for cancelling the prior."""
    rival = "rules" if "rules" in metrics else "prior"
    against = metrics[rival]
    return (
        f"{against['gain']:.4f} below that of the {rival} (standard error {against['error']:.4f})"
    )


def _explain_not_chosen(one: Candidate, chosen: Candidate) -> str:
    if one.failures:
        return "Not proposed: it fails " + ", ".join(gate.name for gate in one.failures) + "."
    against = one.metrics.get("champion")
    if against is None:
        return f"Not proposed: the challenger {chosen.algorithm} is clearly better."
    return (
        f"Not proposed: its Brier is {_format_gain(against['gain'])} than the champion's,"
        f" standard error {against['error']:.5f}; {chosen.algorithm} is proposed."
    )


def _format_gain(gain: float) -> str:
    """How a Brier score compares with another that is higher by `gain`."""
    return f"{abs(gain):.5f} {'better' if gain > 0 else 'worse'}"


def table_calibration(probability: Floats, y: Ints) -> list[dict[str, Any]]:
    """Expected and true share by tenth of the probability, lowest first."""
    return [
        {"members": one.n, "expected": round(one.mean_p, 4), "came_true": round(one.rate, 4)}
        for one in reliability(probability, y)
    ]


def build_both(history: History, windows: Windows, label: ChurnLabel) -> tuple[Samples, Samples]:
    """The samples to train on and those of the newest window."""
    return (
        build_samples(history, windows.train, label),
        build_samples(history, windows.newest, label),
    )
