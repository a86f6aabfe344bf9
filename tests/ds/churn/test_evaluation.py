"""Figures of predictions, against hand-made cases and scikit-learn."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from ds.churn.evaluation import (
    Ranks,
    draw_members,
    intervals,
    measure,
    paired_auc,
    paired_brier,
    reliability,
)

CHANCE = np.random.default_rng(7)
N = 1000
TRUE = CHANCE.random(N)
Y = (CHANCE.random(N) < TRUE).astype(np.int64)
MEMBERS = np.repeat(np.arange(N // 4), 4)


def test_auc_counts_ties_half_and_follows_weights() -> None:
    rough = np.round(TRUE, 1)
    assert Ranks(rough).auc(Y, np.ones(N)) == pytest.approx(roc_auc_score(Y, rough))
    weights = CHANCE.integers(0, 4, N).astype(np.float64)
    expected = roc_auc_score(Y, rough, sample_weight=weights)
    assert Ranks(rough).auc(Y, weights) == pytest.approx(expected)


def test_lift_is_the_rate_in_the_riskiest_tenth_over_the_rate() -> None:
    y = np.array([1] * 2 + [0] * 18)
    assert measure(np.linspace(1, 0, 20), y)["lift_at_10"] == pytest.approx(10)
    assert measure(np.linspace(0, 1, 20), y)["lift_at_10"] == 0
    # Nobody is above anybody: the tenth is like the rest.
    assert measure(np.full(20, 0.5), y)["lift_at_10"] == pytest.approx(1)


def test_probabilities_that_are_true_have_no_calibration_error() -> None:
    p, y = np.repeat([0.2, 0.8], 500), np.tile([1, 0, 0, 0, 0], 200)
    y[500:] = 1 - y[500:]
    found = measure(p, y)
    assert found["ece"] == pytest.approx(0)
    assert found["bias"] == pytest.approx(0)
    assert found["brier"] == pytest.approx(0.16)
    assert [len(reliability(p, y)), sum(one.n for one in reliability(p, y))] == [10, 1000]


def test_probabilities_that_are_too_high_are_told_so() -> None:
    found = measure(np.full(100, 0.7), np.tile([1, 0], 50))
    assert found["bias"] == pytest.approx(0.2)
    assert found["ece"] == pytest.approx(0.2)


def test_what_cannot_be_told_is_none() -> None:
    found = measure(np.array([0.1, 0.2]), np.array([0, 0]))
    assert (found["auc"], found["lift_at_10"], found["events"]) == (None, None, 0)
    rank = measure(np.array([3.0, 9.0]), np.array([0, 1]), is_probability=False)
    assert (rank["auc"], rank["brier"], rank["ece"], rank["bias"]) == (1, None, None, None)


def test_a_better_forecast_gains_and_a_copy_does_not() -> None:
    blurred = 0.5 + 0.2 * (TRUE - 0.5)
    brier = paired_brier(TRUE, blurred, Y, MEMBERS)
    assert 0 < brier["low"] < brier["gain"] < brier["high"]
    mixed = np.where(np.arange(N) % 2 == 0, TRUE, 0.5)
    auc = paired_auc(TRUE, mixed, Y, MEMBERS)
    assert 0 < auc["low"] < auc["gain"] < auc["high"]
    same = paired_brier(TRUE, TRUE, Y, MEMBERS)
    assert (same["gain"], same["low"], same["high"]) == (0, 0, 0)


def test_a_draw_takes_members_with_all_of_their_rows() -> None:
    seen = []
    draw_members(MEMBERS, lambda weights: float(seen.append(weights.reshape(-1, 4)) or 0), draws=20)
    assert all((weights == weights[:, :1]).all() for weights in seen)
    assert all(weights[:, 0].sum() == N // 4 for weights in seen)
    assert len({weights[:, 0].tobytes() for weights in seen}) == 20


def test_rows_of_one_member_do_not_count_as_many_members() -> None:
    """Ten copies of each row are no more evidence than one."""
    once = intervals(TRUE[:200], Y[:200], np.arange(200))
    copies = intervals(
        np.repeat(TRUE[:200], 10), np.repeat(Y[:200], 10), np.repeat(np.arange(200), 10)
    )
    assert copies["auc"] == pytest.approx(once["auc"])
