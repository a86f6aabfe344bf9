"""What the training job promises: it happens once, keeps what it learned, and breaks nothing."""

import json
from datetime import timedelta
from typing import Any

import pytest

from db.models.churn import ChurnLabel
from db.models.job import JobState
from db.queue.catalogue import CHURN_TRAINING
from db.session import session_scope
from ds.churn import pooling, training_job
from ds.churn.history import read_history
from ds.churn.models import predict
from ds.churn.registry import find_current, list_versions
from ds.churn.training import build_both, choose_windows
from tests.ds.churn.work import DAY, LARGE_OWNER, NOW, SMALL_OWNER, Workplace

CURRENT = (
    "select model_id, scope, algorithm, train_to from churn_models"
    " where gym_id = :gym_id and label = 'lapse' and is_current"
)


def test_champion_and_challengers_are_kept_and_one_is_active(trained: Workplace) -> None:
    gym = trained.gym()
    with session_scope(trained.factory) as session:
        versions = [one for one in list_versions(session, gym.gym_id) if one.label == "lapse"]
    assert {one.algorithm for one in versions} == {
        "logistic",
        "additive_boosting",
        "additive_mean",
    }
    [active] = [one for one in versions if one.is_current]
    assert active.promoted_at == NOW
    assert active.as_of == DAY
    assert active.metrics["all"]["auc"] > 0.7
    assert all(gate["passed"] for gate in active.metrics["gates"])
    assert active.decision.startswith("Promoted")
    assert "below that of the rules" in active.decision
    assert "| All, by the rules |" in active.card
    assert all(one.decision for one in versions)
    assert f"SHA-256 of the samples: `{active.data_sha256}`" in active.card
    for heading in ("Data", "Calibration", "Gates", "What came true", "Drift", "Limits"):
        assert f"## {heading}" in active.card
    json.dumps([one.metrics for one in versions], allow_nan=False)


def test_no_outcome_that_training_saw_reaches_into_the_window_it_is_measured_on(
    trained: Workplace,
) -> None:
    gym = trained.gym()
    with session_scope(trained.factory) as session:
        active = find_current(session, gym.gym_id, ChurnLabel.LAPSE)
        assert active is not None
        history = read_history(session, gym, DAY)
    windows = choose_windows(history.first_day, DAY, len(history.member_ids))
    assert windows is not None
    assert active.train_to == windows.train[-1]
    assert (windows.newest[0] - windows.train[-1]).days >= 30
    assert (DAY - windows.newest[-1]).days >= 30
    assert len({day.weekday() for day in windows.train}) == 7
    train, test = build_both(history, windows, ChurnLabel.LAPSE)
    assert active.rows == len(train)
    assert active.events == train.y.sum()
    p, _, _ = predict(active.weights, test.X)
    assert active.metrics["all"]["brier"] == pytest.approx(((p - test.y) ** 2).mean())


def test_a_second_request_does_not_train_again(
    trained: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = trained.gym()
    before = trained.query("select model_id from churn_models order by 1")
    monkeypatch.setattr(training_job, "train_candidates", _refuse)
    result = trained.do(gym, CHURN_TRAINING, "again")
    assert result["already_trained"]
    assert trained.query("select model_id from churn_models order by 1") == before


def test_promotion_asks_for_new_scores(trained: Workplace) -> None:
    gym = trained.gym()
    asked = trained.query(
        "select count(*) from job_runs where gym_id = :gym_id and job = 'scores'",
        gym_id=gym.gym_id,
    )
    assert asked == [(1,)]


def _refuse(*_: Any, **__: Any) -> Any:
    raise ValueError("the samples are spoilt")


def _forget_training(workplace: Workplace) -> None:
    """As if the models were another day's: the job has to train again."""
    workplace.query("update churn_models set as_of = as_of - 1")


def test_a_failing_job_leaves_the_active_model_and_says_why(
    trained: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gym = trained.gym()
    before = trained.query(CURRENT, gym_id=gym.gym_id)
    _forget_training(trained)
    monkeypatch.setattr(training_job, "train_candidates", _refuse)
    job_id = trained.ask(gym, CHURN_TRAINING, "spoilt")
    while (job := trained.work_on(gym, job_id)).state == JobState.PENDING:
        pass
    assert job.state == JobState.FAILED
    assert job.error == "ValueError: the samples are spoilt"
    assert len(before) == 1
    assert trained.query(CURRENT, gym_id=gym.gym_id) == before


def test_the_same_data_again_is_no_better_so_the_active_version_stays(
    trained: Workplace,
) -> None:
    gym = trained.gym()
    before = trained.query(CURRENT, gym_id=gym.gym_id)
    _forget_training(trained)
    result = trained.do(gym, CHURN_TRAINING, "again")
    assert "promoted" not in result["lapse"]
    assert result["lapse"]["decision"].startswith("Not promoted")
    assert f"version {before[0][0]}" in result["lapse"]["decision"]
    assert trained.query(CURRENT, gym_id=gym.gym_id) == before


def test_a_version_of_other_code_gives_way_to_one_that_passes_the_gates(
    trained: Workplace,
) -> None:
    gym = trained.gym()
    trained.query("update churn_models set code_version = '0'")
    result = trained.do(gym, CHURN_TRAINING, "new code")
    assert result["lapse"]["promoted"]


def test_a_small_gym_is_judged_by_the_pooled_model_at_its_own_level(trained: Workplace) -> None:
    small, large = trained.gym(SMALL_OWNER), trained.gym(LARGE_OWNER)
    [(_, scope, algorithm, _)] = trained.query(CURRENT, gym_id=small.gym_id)
    assert (scope, algorithm) == ("pooled", "logistic")
    assert trained.query(CURRENT, gym_id=large.gym_id)[0][1] == "gym"
    with session_scope(trained.factory) as session:
        model = find_current(session, small.gym_id, ChurnLabel.LAPSE)
        assert model is not None
        names = {feature["name"] for feature in model.weights["features"]}
        pool = pooling.find_pool(session, small, NOW)
    assert "price" not in names
    assert model.metrics["pool"]["gyms"] == 2
    assert model.weights["calibration"]["intercept"] != model.weights["pool_intercept"]
    assert pool is not None
    assert pool.weights["calibration"]["intercept"] == model.weights["pool_intercept"]
    assert "2 gyms together" in model.card


def test_a_young_pooled_model_is_used_again_and_an_old_one_is_not(
    trained: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = trained.gym(SMALL_OWNER)
    _forget_training(trained)
    trained.query("update churn_models set created_at = :now", now=NOW)
    monkeypatch.setattr(training_job, "train_pool", _refuse)
    result = trained.do(small, CHURN_TRAINING, "again")
    assert result["lapse"]["model_ids"]
    _forget_training(trained)
    old = NOW - timedelta(days=29)
    trained.query("update churn_models set created_at = :old", old=old)
    job = trained.work_on(small, trained.ask(small, CHURN_TRAINING, "old"))
    assert job.error == "ValueError: the samples are spoilt"


def test_without_enough_history_the_rules_are_used_and_no_version_is_kept(past: Workplace) -> None:
    gym = past.gym(SMALL_OWNER)
    past.query(
        "delete from attendance where gym_id = :gym_id and check_in < '2025-12-25'",
        gym_id=gym.gym_id,
    )
    result = past.do(gym, CHURN_TRAINING)
    assert result["lapse"]["decision"] == (
        "The rules are used: less than 90 days of visits are known."
    )
    assert past.query("select count(*) from churn_models") == [(0,)]


def test_a_real_gym_is_not_judged_by_simulated_members_without_proof(past: Workplace) -> None:
    gym = past.gym(SMALL_OWNER)
    past.query("update gyms set is_demo = false where gym_id = :gym_id", gym_id=gym.gym_id)
    result = past.do(gym, CHURN_TRAINING)
    assert "promoted" not in result["lapse"]
    assert "simulated members" in result["lapse"]["decision"]
