"""The registry over HTTP: read by whoever reads figures, renewed by owners and admins."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from db.models import ChurnModel, Gym, Job, Role
from db.session import GymSession
from tests.fixtures.api import ApiClient, Clock, SignInAs

MODELS = "/api/v1/analytics/churn-models"
TRAIN = "/api/v1/analytics/churn-models/train"
SCORES = "/api/v1/analytics/scores"


@pytest.fixture
def add_model(ops_session: GymSession) -> Callable[..., ChurnModel]:
    """Stores a version as the ds service does; the API itself may only read them."""

    def add(gym: Gym, **over: Any) -> ChurnModel:
        values: dict[str, Any] = {
            "label": "lapse",
            "scope": "gym",
            "algorithm": "logistic",
            "code_version": "1",
            "as_of": date(2026, 11, 17),
            "train_from": date(2025, 11, 1),
            "train_to": date(2026, 8, 1),
            "data_sha256": "ab" * 32,
            "rows": 5000,
            "events": 400,
            "weights": {"features": []},
            "metrics": {
                "all": {
                    "n": 900,
                    "events": 70,
                    "auc": 0.87,
                    "brier": 0.06,
                    "ece": 0.02,
                    "bias": -0.01,
                    "lift_at_10": None,
                }
            },
            "drift": {"alarms": ["days_away has shifted"]},
            "card": "# Logistic regression",
            "decision": "Promoted: every gate is passed.",
            "is_current": True,
            "promoted_at": datetime(2026, 11, 18, tzinfo=UTC),
        }
        model = ChurnModel(gym_id=gym.gym_id, **values | over)
        ops_session.add(model)
        ops_session.commit()
        return model

    return add


def test_versions_come_newest_first_with_card_figures_and_decision(
    owner: ApiClient, gym: Gym, other_gym: Gym, add_model: Callable[..., ChurnModel]
) -> None:
    old = add_model(gym, is_current=False, algorithm="additive_boosting")
    new = add_model(gym)
    add_model(other_gym)
    answer = owner.get(MODELS).json()
    assert [item["model_id"] for item in answer["items"]] == [new.model_id, old.model_id]
    assert answer["total"] == 2
    item = answer["items"][0]
    assert item["is_current"] is True
    assert item["card"] == "# Logistic regression"
    assert item["decision"] == "Promoted: every gate is passed."
    assert item["measured"]["brier"] == 0.06
    assert item["measured"]["lift_at_10"] is None
    assert item["alarms"] == ["days_away has shifted"]
    [current] = owner.get(MODELS, params={"current": True}).json()["items"]
    assert current["model_id"] == new.model_id


def test_a_gym_without_a_model_has_an_empty_list(owner: ApiClient) -> None:
    assert owner.get(MODELS).json() == {"items": [], "total": 0, "page": 1, "size": 25}


@pytest.mark.parametrize(("path", "name"), [(TRAIN, "churn_training"), (SCORES, "scores")])
def test_asking_twice_on_a_day_is_one_job(
    owner: ApiClient, admin: ApiClient, clock: Clock, ops_session: GymSession, path: str, name: str
) -> None:
    first = owner.post(path)
    assert first.status_code == 202
    job = first.json()
    assert first.headers["Location"] == f"/api/v1/jobs/{job['job_id']}"
    assert (job["job"], job["state"]) == (name, "pending")
    clock.advance(hours=5)
    assert admin.post(path).json()["job_id"] == job["job_id"]
    clock.advance(days=1)
    assert admin.post(path).json()["job_id"] != job["job_id"]
    row = ops_session.get_one(Job, job["job_id"])
    assert row.created_by == owner.user.user_id
    assert row.deadline_at is not None


def test_a_job_that_failed_is_tried_again(owner: ApiClient, ops_session: GymSession) -> None:
    job_id = owner.post(TRAIN).json()["job_id"]
    row = ops_session.get_one(Job, job_id)
    row.state, row.error, row.attempts = "failed", "ValueError: spoilt", 5
    row.finished_at = datetime(2026, 11, 18, tzinfo=UTC)
    ops_session.commit()
    again = owner.post(TRAIN).json()
    assert again["job_id"] == job_id
    assert (again["state"], again["error"], again["finished_at"]) == ("pending", None, None)
    ops_session.refresh(row)
    assert row.attempts == 0


def test_new_data_is_a_new_job_of_scores(owner: ApiClient, ops_session: GymSession) -> None:
    first = owner.post(SCORES).json()["job_id"]
    loaded = Job(gym_id=owner.gym_id, name="check_ins", key="file", state="done")
    ops_session.add(loaded)
    ops_session.commit()
    assert owner.post(SCORES).json()["job_id"] != first


@pytest.mark.parametrize("role", [Role.TRAINER, Role.RECEPTIONIST, Role.MEMBER])
def test_only_owners_and_admins_may(sign_in_as: SignInAs, role: Role) -> None:
    caller = sign_in_as(role)
    assert caller.get(MODELS).status_code == 403
    assert caller.post(TRAIN).status_code == 403
    assert caller.post(SCORES).status_code == 403
