"""Rolling origin: what was not over when a model was asked is not in its training."""

from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from core.risk.scoring import chance_of_return
from db.models.churn import ChurnLabel
from ds.churn import training
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import Samples
from ds.churn.history import History, make_history, to_date, to_day_number
from ds.churn.models import predict
from ds.churn.training import build_both, choose, choose_windows, train_candidates
from ds.evaluation import backtest as module
from ds.evaluation.backtest import (
    CHAMPION,
    METHODS,
    PRODUCT,
    RULES,
    SEED,
    Backtest,
    TooLittleHistory,
    backtest,
    summarise,
    training_days,
)
from ds.evaluation.churn import format_product

FIRST = date(2025, 1, 6)
AS_OF = date(2025, 9, 30)


def simulate_visits(members: int = 250) -> pd.DataFrame:
    """People with a habit of their own who stop one day, and one-off visitors."""
    chance = np.random.default_rng(3)
    length = (AS_OF - FIRST).days
    rows = []
    for member in range(members):
        joins, rate = int(chance.integers(0, length - 30)), chance.uniform(0.05, 0.5)
        stays = 1 if member % 4 == 0 else int(chance.exponential(160)) + 7
        days = np.flatnonzero(chance.random(min(stays, length - joins)) < rate)
        rows += [(member + 1, joins + day) for day in {0, *days.tolist()}]
    frame = pd.DataFrame(rows, columns=["member_id", "day"])
    return frame.assign(day=pd.Timestamp(FIRST) + pd.to_timedelta(frame["day"], unit="D"))


@pytest.fixture(scope="module")
def log() -> History:
    return make_history(as_of=AS_OF, visits=simulate_visits())


@pytest.fixture(scope="module")
def test(log: History) -> Backtest:
    return backtest(log, date(2025, 7, 1), date(2025, 8, 20))


def test_training_ends_a_label_window_before_the_test(
    log: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs: list[tuple[Samples, Samples]] = []

    def keep(train: Samples, test: Samples) -> dict[str, np.ndarray]:
        pairs.append((train, test))
        return {name: np.full(len(test), 0.5) for name in METHODS}

    monkeypatch.setattr(module, "_predict_all", keep)
    backtest(log, date(2025, 7, 1), date(2025, 7, 31))
    assert [to_date(test.days[0]) for _, test in pairs] == [
        date(2025, 7, day) for day in (1, 8, 15, 22, 29)
    ]
    for train, test in pairs:
        assert train.days.max() == test.days.min() - 30
        assert train.days.min() >= to_day_number(FIRST) + 28
        assert len(np.unique(test.days)) == 1


def test_what_comes_after_the_last_label_window_changes_nothing(
    log: History, test: Backtest
) -> None:
    cut = make_history(as_of=date(2025, 8, 19) + timedelta(days=30), visits=simulate_visits())
    assert len(cut.days) < len(log.days)
    again = backtest(cut, date(2025, 7, 1), date(2025, 8, 19))
    assert again.samples.days.max() == test.samples.days.max()
    for name in METHODS:
        np.testing.assert_array_equal(again.predictions[name], test.predictions[name])


def test_the_model_beats_the_rule_and_every_method_judges_the_same_rows(test: Backtest) -> None:
    found = summarise(test)
    assert set(found["groups"]) == {"all", "established"}
    for methods in found["groups"].values():
        assert list(methods) == [*METHODS, RULES, PRODUCT]
        assert len({(one["n"], one["events"]) for one in methods.values()}) == 1
    everybody = found["groups"]["all"]
    assert everybody[CHAMPION]["auc"] > everybody[module.RULE]["auc"] + 0.05
    low, high = everybody[CHAMPION]["intervals"]["auc"]
    assert low < everybody[CHAMPION]["auc"] < high
    assert set(everybody[CHAMPION]["against_seed"]) == {"auc", "brier"}
    assert "against_seed" not in everybody[SEED]
    assert found["groups"]["established"][CHAMPION]["n"] < everybody[CHAMPION]["n"]


def test_the_product_is_the_version_that_the_training_job_would_have_active(
    log: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    for limit, value in (("MIN_MEMBERS", 50), ("MIN_EVENTS", 20)):
        monkeypatch.setattr(training, limit, value)
    days = [date(2025, 7, 1), date(2025, 7, 8)]
    asked = backtest(log, *days)
    first, second = asked.active_models
    # The same on the day itself, when none of the later visits was there.
    then = make_history(as_of=days[0], visits=simulate_visits())
    windows = choose_windows(then.first_day, days[0], len(then.member_ids))
    assert windows is not None
    train, newest = build_both(then, windows, ChurnLabel.LAPSE)
    chosen = choose(train_candidates(train, newest, windows), newest)
    assert (first.day, first.algorithm) == (days[0], chosen.algorithm)
    assert first.weights == chosen.weights
    rows = asked.samples.days == to_day_number(days[0])
    probability, _, _ = predict(chosen.weights, asked.samples.X[rows])
    np.testing.assert_array_equal(asked.predictions[PRODUCT][rows], probability)
    assert summarise(asked)["product"][0] == {
        "day": "2025-07-01",
        "algorithm": chosen.algorithm,
        "trained_to": windows.train[-1].isoformat(),
    }
    # A week later nothing is clearly better, so the first version stays active.
    assert (second.day, second.weights) == (days[1], first.weights)


def test_where_no_version_would_have_been_active_the_product_is_the_rules(test: Backtest) -> None:
    assert not test.active_models
    np.testing.assert_array_equal(test.predictions[PRODUCT], test.predictions[RULES])
    away = np.rint(np.expm1(test.samples.X[:, FEATURE_NAMES.index("days_away")]))
    expected = [1 - chance_of_return(int(days)) for days in away]
    assert test.predictions[RULES].tolist() == pytest.approx(expected)
    assert "rules, or a pooled model that is not followed here, on 8 of 8 snapshots" in (
        format_product(summarise(test))
    )


def test_where_neither_would_be_used_the_product_has_no_row(
    log: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The table of chances is of 30 days, and so is what the job learns to foretell."""
    monkeypatch.setattr(
        module, "_predict_all", lambda _, test: {name: np.full(len(test), 0.5) for name in METHODS}
    )
    asked = backtest(log, date(2025, 7, 1), date(2025, 7, 8), horizon=20)
    assert set(asked.predictions) == set(METHODS)
    assert "nobody on 2, so it has no row" in format_product(summarise(asked))


def test_established_members_came_on_eight_days_and_are_known_for_eight_weeks() -> None:
    def visits(member: int, *agos: int) -> pd.DataFrame:
        day = date(2025, 8, 31)
        days = [pd.Timestamp(day - timedelta(days=ago)) for ago in agos]
        return pd.DataFrame({"member_id": member, "day": days})

    log = make_history(
        as_of=AS_OF,
        visits=pd.concat(
            [
                visits(1, 56, 1, 2, 3, 4, 5, 6, 7),
                visits(2, 55, 1, 2, 3, 4, 5, 6, 7),
                visits(3, 56, 1, 2, 3, 4, 5, 6),
                visits(4, 100, 92, 1, 2, 3, 4, 5, 6),
            ]
        ),
    )
    samples = module.build_samples(log, [date(2025, 8, 31)], ChurnLabel.LAPSE)
    assert samples.is_established.tolist() == [True, False, False, False]


def test_a_log_too_young_is_refused_with_what_is_missing(log: History) -> None:
    with pytest.raises(TooLittleHistory, match=r"2 weekly snapshots .* begin on 2025-01-06"):
        backtest(log, FIRST + timedelta(days=65), FIRST + timedelta(days=90))
    empty = make_history(as_of=AS_OF, visits=simulate_visits().iloc[:0])
    assert training_days(empty, AS_OF) == []
    with pytest.raises(TooLittleHistory, match="no visits"):
        backtest(empty, date(2025, 7, 1), date(2025, 8, 1))


def test_an_outcome_not_known_yet_is_refused_with_the_last_day_that_can_be_tested(
    log: History,
) -> None:
    with pytest.raises(TooLittleHistory, match="can be tested is 2025-08-31"):
        backtest(log, date(2025, 7, 1), date(2025, 9, 2))
