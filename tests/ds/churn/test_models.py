"""Models are sums: what is told of a member is exactly what made the probability."""

import json
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pytest
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.metrics import roc_auc_score

from core.risk.churn import explain, group_contributions, score_member
from db.models.churn import ChurnLabel
from ds.churn import models
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples, build_samples
from ds.churn.history import History
from ds.churn.models import (
    Weights,
    base_logit,
    fit_boosting,
    fit_gym_intercept,
    fit_logistic,
    fit_mean,
    fit_pooled,
    learn_calibration,
    predict,
    recentre,
)
from tests.ds.conftest import DAY

Fit = Callable[[Samples], Weights]


@pytest.fixture
def samples(history: History) -> Samples:
    days = [DAY - timedelta(days=30 + 14 * number) for number in range(12)]
    return build_samples(history, days, ChurnLabel.LAPSE)


def fit_both(samples: Samples) -> Weights:
    return fit_mean(fit_logistic(samples), fit_boosting(samples))


def fit_for_gym(samples: Samples) -> Weights:
    half = np.arange(len(samples)) % 2 == 0
    pooled = fit_pooled([samples.take(half), samples.take(~half)])
    return fit_gym_intercept(pooled, samples.take(np.arange(200)))


FITS = pytest.mark.parametrize("fit", [fit_logistic, fit_boosting, fit_both, fit_for_gym])


@FITS
def test_contributions_and_base_add_up_to_the_logit(samples: Samples, fit: Fit) -> None:
    weights = fit(samples)
    p, logit, told = predict(weights, samples.X)
    np.testing.assert_allclose(base_logit(weights) + told.sum(axis=1), logit, rtol=0, atol=1e-9)
    np.testing.assert_allclose(p, 1 / (1 + np.exp(-logit)), rtol=0, atol=1e-12)


@FITS
def test_plain_python_scores_from_stored_weights_as_the_batch_does(
    samples: Samples, fit: Fit
) -> None:
    weights = json.loads(json.dumps(fit(samples)))
    p, logit, told = predict(weights, samples.X)
    for row in range(0, len(samples), 7):
        features = dict(zip(FEATURE_NAMES, samples.X[row].tolist(), strict=True))
        score = score_member(weights, features)
        assert score.probability == pytest.approx(p[row], abs=1e-9)
        assert score.logit == pytest.approx(logit[row], abs=1e-9)
        assert score.base + sum(score.contributions.values()) == pytest.approx(
            score.logit, abs=1e-9
        )
        for name, added in score.contributions.items():
            assert added == pytest.approx(told[row, FEATURE_NAMES.index(name)], abs=1e-9)


def test_steps_are_the_boosting_itself(samples: Samples, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = []

    class Kept(HistGradientBoostingClassifier):
        def fit(self, codes: np.ndarray, y: np.ndarray) -> "Kept":
            fitted.append((self, codes))
            return super().fit(codes, y)

    monkeypatch.setattr(models, "HistGradientBoostingClassifier", Kept)
    weights = fit_boosting(samples)
    [(model, codes)] = fitted
    _, logit, _ = predict(weights, samples.X)
    np.testing.assert_allclose(logit, model.decision_function(codes), rtol=0, atol=1e-9)


@FITS
def test_the_same_data_give_the_same_weights(samples: Samples, fit: Fit) -> None:
    assert fit(samples) == fit(samples)


@FITS
def test_telling_it_from_another_typical_member_changes_no_probability(
    samples: Samples, fit: Fit
) -> None:
    weights = fit(samples)
    moved = recentre(weights, samples.X[:40])
    assert moved != weights
    np.testing.assert_allclose(
        predict(moved, samples.X)[1], predict(weights, samples.X)[1], rtol=0, atol=1e-9
    )


def test_the_typical_member_is_the_base(samples: Samples) -> None:
    weights = fit_logistic(samples)
    known = ~np.isnan(samples.X).any(axis=0)
    middle = np.quantile(samples.X, 0.5, axis=0, method="lower")
    for feature in weights["features"]:
        place = FEATURE_NAMES.index(feature["name"])
        if known[place] and feature["coefficient"]:
            assert feature["reference"] == pytest.approx(middle[place])


def test_a_gym_with_few_outcomes_keeps_the_pooled_level(samples: Samples) -> None:
    pooled = fit_pooled([samples])
    all_left = samples.take(np.arange(3))
    all_left = Samples(**{**vars(all_left), "y": np.ones(3, dtype=np.int64)})
    before = predict(pooled, all_left.X)[0].mean()
    after = predict(fit_gym_intercept(pooled, all_left), all_left.X)[0].mean()
    assert before < after < 0.9
    assert fit_gym_intercept(pooled, samples.take(np.arange(0))) == pooled


def test_the_intercept_of_a_gym_meets_its_own_rate(samples: Samples) -> None:
    pooled = fit_pooled([samples])
    sparse = samples.take((samples.y == 0) | (np.arange(len(samples)) % 3 == 0))
    fitted = fit_gym_intercept(pooled, sparse)
    assert predict(fitted, sparse.X)[0].mean() == pytest.approx(sparse.y.mean(), abs=0.01)


def test_a_label_moved_by_a_window_is_harder_to_foretell(history: History) -> None:
    days = [DAY - timedelta(days=60 + 14 * number) for number in range(12)]
    now = build_samples(history, days, ChurnLabel.LAPSE)
    later = build_samples(history, days, ChurnLabel.LAPSE, horizon=60)
    p, _, _ = predict(fit_logistic(now), now.X)
    # Who did not come in the 30 days after the window, whatever happened in it.
    moved = build_samples(history, [d + timedelta(days=30) for d in days], ChurnLabel.LAPSE)
    stayed = moved.take(moved.y == 0)
    came = set(zip(stayed.member_ids, stayed.days, strict=True))
    shifted = np.array(
        [(m, d + 30) not in came for m, d in zip(now.member_ids, now.days, strict=True)]
    )
    assert len(later) == len(now)
    assert roc_auc_score(now.y, p) > roc_auc_score(shifted, p) + 0.02


def test_no_calibration_is_learned_on_less_than_two_years(samples: Samples) -> None:
    assert learn_calibration(samples, fit_logistic) == {"slope": 1.0, "intercept": 0.0}


def test_calibration_mends_a_model_that_exaggerates(samples: Samples) -> None:
    spread = Samples(**{**vars(samples), "days": samples.days * 5 - samples.days.min() * 4})

    def exaggerate(part: Samples) -> Weights:
        weights = fit_logistic(part, calibrate=False)
        return {**weights, "calibration": {"slope": 3.0, "intercept": 0.0}}

    plain = learn_calibration(spread, lambda part: fit_logistic(part, calibrate=False))
    mended = learn_calibration(spread, exaggerate)
    assert mended["slope"] == pytest.approx(plain["slope"] / 3, rel=0.02)


def test_reasons_are_the_groups_that_moved_it_most_in_words(samples: Samples) -> None:
    weights = fit_logistic(samples)
    p, logit, _ = predict(weights, samples.X)
    for row in (int(p.argmax()), int(p.argmin())):
        features = dict(zip(FEATURE_NAMES, samples.X[row].tolist(), strict=True))
        reasons, base = explain(weights, features)
        groups = group_contributions(score_member(weights, features))
        assert base + sum(groups.values()) == pytest.approx(logit[row], abs=1e-9)
        way = np.sign(logit[row] - base)
        strengths = [way * reason.contribution for reason in reasons]
        assert 1 <= len(reasons) <= 3
        assert strengths == sorted(strengths, reverse=True)
        assert strengths[0] == max(way * added for added in groups.values())
        assert all(str(reason.text) for reason in reasons)


def test_nothing_is_learned_from_one_outcome_alone(samples: Samples) -> None:
    with pytest.raises(ValueError, match="0 events"):
        fit_logistic(samples.take(samples.y == 0))
