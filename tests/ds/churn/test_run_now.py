"""The first start: whoever signs in first sees what a model says."""

import pytest

from db.models.job import JobState
from db.queue.catalogue import DS, SCORES, load_handlers
from ds.churn import training_job
from ds.churn.run_now import score_now
from ds.pipeline import main
from tests.ds.churn.work import NOW, SMALL_OWNER, Workplace

SHOWN = "select count(*) from member_stats where churn_probability is not null"
JOBS = "select job, state from job_runs where gym_id = :gym_id order by job_run_id"


def test_the_command_trains_and_scores_every_gym(
    past: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_DATABASE_URL", past.database.ops_url)
    monkeypatch.setattr("ds.pipeline.read_now", lambda: NOW)
    assert main([]) == 0
    active = past.query(
        "select scope from churn_models where label = 'lapse' and is_current order by gym_id"
    )
    assert active == [("gym",), ("pooled",)]
    gyms = past.query("select distinct gym_id from member_stats where churn_scored_on is not null")
    assert len(gyms) == 2
    assert past.query("select count(*) from job_runs where state <> 'done'") == [(0,)]


def test_a_gym_with_a_model_is_only_scored(trained: Workplace) -> None:
    gym = trained.gym(SMALL_OWNER)
    assert score_now(trained.factory, gym, NOW) is None
    assert trained.query(JOBS, gym_id=gym.gym_id) == [
        ("churn_training", "done"),
        ("scores", "done"),
    ]
    assert trained.query(SHOWN)[0][0] > 0


def test_a_training_that_fails_is_told_and_the_gym_is_still_scored(
    past: Workplace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise ValueError("spoilt")

    gym = past.gym(SMALL_OWNER)
    monkeypatch.setattr(training_job, "choose_windows", refuse)
    assert score_now(past.factory, gym, NOW) == "churn_training: ValueError: spoilt"
    assert past.query(JOBS, gym_id=gym.gym_id) == [
        ("churn_training", "pending"),
        ("scores", "done"),
        ("churn_training", "pending"),  # this week's, which scores ask for while there is no model
    ]


def test_the_worker_computes_segments_values_and_scores_in_one_job(trained: Workplace) -> None:
    gym = trained.gym()
    job = trained.work_on(gym, trained.ask(gym, SCORES), load_handlers(DS))
    assert job.state == JobState.DONE, job.error
    assert job.result is not None
    assert job.result["computed"] is True
    assert job.result["churn"]["scored"] > 100
    again = trained.work_on(gym, trained.ask(gym, SCORES, "again"), load_handlers(DS))
    assert again.result is not None
    assert again.result["computed"] is False
    assert again.result["churn"] == job.result["churn"]


def test_a_gym_without_a_model_is_trained_once_a_week_and_after_each_import(
    past: Workplace,
) -> None:
    gym = past.gym(SMALL_OWNER)
    for key in ("first", "second"):
        past.work_on(gym, past.ask(gym, SCORES, key), load_handlers(DS))
    asked = "select key from job_runs where job = 'churn_training'"
    assert past.query(asked) == [("first 2026-W12 import 0",)]
    past.query(
        "insert into imports (gym_id, created_by, kind, state, filename, sha256, mapping)"
        " select gym_id, user_id, 'visits', 'done', 'door.csv', 'x', '{}' from users"
        " where gym_id = :gym_id limit 1",
        gym_id=gym.gym_id,
    )
    past.work_on(gym, past.ask(gym, SCORES, "third"), load_handlers(DS))
    assert ("first 2026-W12 import 1",) in past.query(asked)
