"""How a training splits time, judges and decides, on made-up figures."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from core.risk.scoring import chance_of_return
from db.models.churn import ChurnLabel
from ds.churn.drift import (
    MIN_MEMBERS,
    describe_drift,
    make_baseline,
    measure_levels,
    measure_shift,
    measure_shifts,
)
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples
from ds.churn.gates import MAX_BIAS, compare_brier, predict_by_rules
from ds.churn.history import to_day_number
from ds.churn.models import Weights
from ds.churn.training import (
    Candidate,
    Windows,
    choose,
    choose_windows,
    decide,
    hash_samples,
    measure_candidate,
)

DAY = date(2026, 3, 19)
WINDOWS = Windows([DAY - timedelta(days=90)], [DAY - timedelta(days=30)])
LONG_WINDOWS = Windows(WINDOWS.train, [DAY - timedelta(days=ago) for ago in (54, 46, 38, 30)])
"""Of a gym with more than 180 days of visits."""


def make_samples(rows: int = 400, *, seed: int = 1, base: float = 0.2) -> Samples:
    """The outcome is likelier the larger `gap_ratio` is; one row a member, who came on the day."""
    chance = np.random.default_rng(seed)
    X = np.zeros((rows, len(FEATURE_NAMES)))
    X[:, 1] = chance.normal(size=rows)
    p = 1 / (1 + np.exp(-(np.log(base / (1 - base)) + 1.5 * X[:, 1])))
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
        "name": "gap_ratio",
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
def test_who_is_to_replace_a_version_must_be_near_the_truth_and_says_where_it_is_not(
    weights: Weights, gate: str
) -> None:
    test = make_samples()
    bad = measure_candidate("logistic", weights, 0.2, test, LONG_WINDOWS, is_first=False)
    # Even where the active version is far worse.
    decide([bad], bad, test, (7, make_weights(coefficient=-6.0)))
    assert not bad.is_promoted
    assert gate in [failure.name for failure in bad.failures]
    assert gate in bad.decision


def test_where_the_rules_would_be_used_a_version_that_is_far_off_but_nearer_may() -> None:
    """An absolute line would leave members to rules that are further off."""
    test = make_samples(base=0.5)
    low = make_weights(intercept=-0.7)
    first = judge(low, test)
    decide([first], first, test, None)
    assert first.metrics["rules"]["bias"] < first.metrics["all"]["bias"] < -MAX_BIAS
    assert first.is_promoted
    assert "below that of the rules" in first.decision
    later = measure_candidate("logistic", low, 0.5, test, LONG_WINDOWS, is_first=False)
    assert "level" in [gate.name for gate in later.failures]


def test_in_a_young_log_no_line_keeps_a_better_version_from_replacing_a_worse_one() -> None:
    """On its one snapshot a young gym cannot tell its level; the newest knows it best."""
    test = make_samples(base=0.5)
    low = make_weights(intercept=-0.7)
    young, old = (
        measure_candidate("logistic", low, 0.5, test, windows, is_first=False)
        for windows in (WINDOWS, LONG_WINDOWS)
    )
    for one in (young, old):
        decide([one], one, test, (7, make_weights(intercept=-2.5)))
    assert young.is_promoted
    assert not old.is_promoted


def test_a_version_that_is_not_clearly_better_than_the_rules_is_not_promoted() -> None:
    """Of members of whom the table is true."""
    chance = np.random.default_rng(5)
    days = chance.integers(0, 31, 2000)
    p = np.array([1 - chance_of_return(int(one)) for one in days])
    X = np.zeros((2000, len(FEATURE_NAMES)))
    X[:, 0] = np.log1p(days)
    test = replace(make_samples(2000), X=X, y=(chance.random(2000) < p).astype(np.int64))
    share = float(test.y.mean())
    weights = make_weights(coefficient=0.3, intercept=float(np.log(share / (1 - share))))
    weights["features"][0] |= {"name": "days_away", "reference": float(X[:, 0].mean())}
    knows = judge(weights, test)
    decide([knows], knows, test, None)
    assert [failure.name for failure in knows.failures] == ["better than the rules"]
    assert not knows.is_promoted
    assert "above that of the rules" in knows.decision


def test_of_cancelling_the_rules_say_nothing_so_the_lines_hold() -> None:
    test = replace(make_samples(), label=ChurnLabel.CANCEL)
    off, near = judge(make_weights(intercept=0.0), test), judge(make_weights(), test)
    assert "rules" not in off.metrics
    assert {"level", "calibration"} <= {failure.name for failure in off.failures}
    decide([near], near, test, None)
    assert near.is_promoted
    assert "below that of the prior" in near.decision


def test_the_rules_say_of_each_member_what_the_lists_show() -> None:
    samples = make_samples(31)
    samples.X[:, 0] = np.log1p(np.arange(31))
    said = predict_by_rules(samples)
    assert said is not None
    assert said.tolist() == pytest.approx([1 - chance_of_return(days) for days in range(31)])
    assert predict_by_rules(replace(samples, label=ChurnLabel.CANCEL)) is None
    assert predict_by_rules(replace(samples, horizon=60)) is None


def test_too_few_outcomes_are_no_proof() -> None:
    test = make_samples(60)
    few = judge(make_weights(), test)
    decide([few], few, test, None)
    assert not few.is_promoted
    assert "enough outcomes" in few.decision


def test_a_new_version_must_be_clearly_better_than_the_active_one() -> None:
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
    champion = judge(make_weights(coefficient=1.4), test)
    hardly = judge(make_weights(coefficient=1.45), test, "additive_boosting")
    assert choose([champion, hardly], test) is champion
    assert 0 < hardly.metrics["champion"]["gain"] < hardly.metrics["champion"]["error"]
    worse = judge(make_weights(coefficient=0.3), test)
    better = judge(make_weights(), test, "additive_mean")
    assert choose([worse, better], test) is better


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
    baseline = make_baseline(then.X, ["gap_ratio", "is_new", "season_cos"])
    assert set(baseline) == {"gap_ratio", "is_new"}
    assert max(measure_shifts(baseline, then.X).values()) < 0.001
    assert max(measure_shifts(baseline, now.X).values()) < 0.05
    moved = now.X.copy()
    moved[:, 1] += 1
    moved[:500, FEATURE_NAMES.index("is_new")] = 1
    shifts = measure_shifts(baseline, moved)
    assert min(shifts.values()) > 0.2
    moved[:, 1] = np.nan
    assert measure_shifts(baseline, moved)["gap_ratio"] > 1

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
    few, enough = make_samples(MIN_MEMBERS - 1), make_samples(MIN_MEMBERS)
    baseline = make_baseline(enough.X, ["gap_ratio"])
    assert measure_shifts(baseline, few.X) == {}
    assert measure_levels(make_weights(), few) == []
    assert set(measure_shifts(baseline, enough.X)) == {"gap_ratio"}
    assert len(measure_levels(make_weights(), enough)) == 1
