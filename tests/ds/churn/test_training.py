"""How a training splits time, judges and decides, on made-up figures."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from db.models.churn import ChurnLabel
from ds.churn.computing import FEATURE_NAMES
from ds.churn.drift import (
    FEWEST,
    describe_drift,
    keep_baseline,
    measure_levels,
    measure_shift,
    measure_shifts,
)
from ds.churn.features import Samples
from ds.churn.history import to_day_number
from ds.churn.models import Weights
from ds.churn.training import (
    Candidate,
    Windows,
    choose,
    choose_windows,
    compare_brier,
    decide,
    hash_samples,
    measure_candidate,
)

DAY = date(2026, 3, 19)
WINDOWS = Windows([DAY - timedelta(days=90)], [DAY - timedelta(days=30)])


def make_samples(rows: int = 400, *, seed: int = 1, base: float = 0.2) -> Samples:
    """The outcome is likelier the larger `days_away` is; one row a member."""
    chance = np.random.default_rng(seed)
    X = np.zeros((rows, len(FEATURE_NAMES)))
    X[:, 0] = chance.normal(size=rows)
    p = 1 / (1 + np.exp(-(np.log(base / (1 - base)) + 1.5 * X[:, 0])))
    return Samples(
        X,
        (chance.random(rows) < p).astype(np.int64),
        np.arange(rows),
        np.full(rows, to_day_number(DAY - timedelta(days=30))),
        FEATURE_NAMES,
        ChurnLabel.LAPSE,
    )


def make_weights(coefficient: float = 1.5, intercept: float = -1.386) -> Weights:
    feature = {
        "name": "days_away",
        "group": "recency",
        "kind": "linear",
        "reference": 0.0,
        "scale": 1.0,
        "coefficient": coefficient,
        "missing": 0.0,
    }
    return {
        "intercept": intercept,
        "calibration": {"slope": 1.0, "intercept": 0.0},
        "features": [feature],
    }


def judge(weights: Weights, test: Samples, name: str = "logistic") -> Candidate:
    return measure_candidate(name, weights, 0.2, test, WINDOWS)


@pytest.mark.parametrize("history", [90, 179, 180, 365, 900])
@pytest.mark.parametrize("members", [100, 5_000, 50_000])
def test_training_ends_before_the_window_it_is_measured_on_begins(
    history: int, members: int
) -> None:
    windows = choose_windows(DAY - timedelta(days=history), DAY, members)
    assert windows is not None
    assert windows.newest[-1] == DAY - timedelta(days=30)
    assert windows.newest[0] - windows.train[-1] >= timedelta(days=30)
    assert windows.train == sorted(windows.train)
    assert len(windows.train) * members <= 2 * 40_000 or len(windows.train) <= 2
    assert windows.train[0] >= DAY - timedelta(days=history - 28)


def test_a_short_history_has_no_windows() -> None:
    assert choose_windows(None, DAY, 100) is None
    assert choose_windows(DAY - timedelta(days=89), DAY, 100) is None


def test_a_good_first_model_is_promoted() -> None:
    test = make_samples()
    good = judge(make_weights(), test)
    decide([good], good, test, None)
    assert not good.failures
    assert good.is_promoted


@pytest.mark.parametrize(
    ("weights", "gate"),
    [
        (make_weights(intercept=0.0), "level"),
        (make_weights(coefficient=6.0), "calibration"),
        (make_weights(coefficient=-0.2), "better than the prior"),
    ],
)
def test_a_model_that_fails_a_gate_is_not_promoted_and_says_which(
    weights: Weights, gate: str
) -> None:
    test = make_samples()
    bad = judge(weights, test)
    decide([bad], bad, test, None)
    assert not bad.is_promoted
    assert gate in [failure.name for failure in bad.failures]
    assert gate in bad.decision


def test_too_few_outcomes_are_no_proof() -> None:
    test = make_samples(60)
    few = judge(make_weights(), test)
    decide([few], few, test, None)
    assert not few.is_promoted
    assert "enough outcomes" in few.decision


def test_a_new_version_must_be_clearly_better_than_the_one_that_speaks() -> None:
    test = make_samples(2000)
    new = judge(make_weights(), test)
    decide([new], new, test, (7, make_weights(coefficient=1.45)))
    assert not new.is_promoted
    assert "version 7" in new.decision
    decide([new], new, test, (7, make_weights(coefficient=0.2)))
    assert new.is_promoted
    assert new.metrics["current"]["gain"] > new.metrics["current"]["error"]


def test_a_challenger_is_proposed_only_when_clearly_better() -> None:
    test = make_samples(2000)
    champion = judge(make_weights(coefficient=0.3), test)
    same = judge(make_weights(coefficient=0.31), test, "additive_boosting")
    better = judge(make_weights(), test, "additive_mean")
    assert choose([champion, same], test) is champion
    assert choose([champion, same, better], test) is better


def test_the_error_is_over_members_not_rows() -> None:
    test = make_samples(300)
    again = replace(
        test,
        X=np.tile(test.X, (4, 1)),
        y=np.tile(test.y, 4),
        member_ids=np.tile(test.member_ids, 4),
        days=np.tile(test.days, 4),
    )
    p, rival = np.full(300, 0.25), np.full(300, 0.2)
    once = compare_brier(p, rival, test)
    four = compare_brier(np.tile(p, 4), np.tile(rival, 4), again)
    assert four.error == pytest.approx(once.error, rel=0.15)


def test_the_hash_changes_with_any_sample() -> None:
    test = make_samples()
    other = replace(test, X=test.X.copy())
    assert hash_samples(other) == hash_samples(test)
    other.X[3, 2] += 1e-12
    assert hash_samples(other) != hash_samples(test)


def test_drift_alarms_for_a_shifted_feature_and_a_missed_level() -> None:
    then, now = make_samples(2000), make_samples(2000, seed=2)
    baseline = keep_baseline(then.X, ["days_away", "is_new", "season_cos"])
    assert set(baseline) == {"days_away", "is_new"}
    assert max(measure_shifts(baseline, then.X).values()) < 0.001
    assert max(measure_shifts(baseline, now.X).values()) < 0.05
    moved = now.X.copy()
    moved[:, 0] += 1
    moved[:500, FEATURE_NAMES.index("is_new")] = 1
    shifts = measure_shifts(baseline, moved)
    assert min(shifts.values()) > 0.2
    moved[:, 0] = np.nan
    assert measure_shifts(baseline, moved)["days_away"] > 1

    weights = make_weights(intercept=-0.5)
    train_to = DAY - timedelta(days=90)
    drift = describe_drift(weights, baseline, train_to, now.X, then)
    [level] = measure_levels(weights, then)
    assert level.bias > 0.05
    assert not drift["levels"][0]["in_training"]
    assert len(drift["alarms"]) == 1
    quiet = describe_drift(make_weights(), baseline, train_to, now.X, then)
    assert quiet["alarms"] == []


def test_the_stability_index_by_hand() -> None:
    """Half and half became three quarters and one: 0.25 ln(0.75 / 0.5) - 0.25 ln(0.25 / 0.5)."""
    now = np.array([-1.0, -2.0, 0.0, 1.0])
    assert measure_shift([0.0], [0.5, 0.5, 0.0], now) == pytest.approx(0.274653, abs=1e-6)


@pytest.mark.parametrize("intercept", [-0.5, -2.5], ids=["too high", "too low"])
def test_a_missed_level_alarms_both_ways_and_only_on_days_after_training(intercept: float) -> None:
    then = make_samples(2000)
    snapshot = DAY - timedelta(days=30)
    alarms = {
        train_to: describe_drift(make_weights(intercept=intercept), {}, train_to, then.X, then)[
            "alarms"
        ]
        for train_to in (snapshot - timedelta(days=1), snapshot)
    }
    assert [len(words) for words in alarms.values()] == [1, 0]


def test_too_few_members_say_nothing_of_drift() -> None:
    few, enough = make_samples(FEWEST - 1), make_samples(FEWEST)
    baseline = keep_baseline(enough.X, ["days_away"])
    assert measure_shifts(baseline, few.X) == {}
    assert measure_levels(make_weights(), few) == []
    assert set(measure_shifts(baseline, enough.X)) == {"days_away"}
    assert len(measure_levels(make_weights(), enough)) == 1
