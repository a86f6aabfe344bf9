"""The churn probability in the lists: who is on them, in which order, and in whose words."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import sessionmaker

from core.risk.scoring import chance_of_return, risk_of_absence
from db.cache_version import mark_changed
from db.models import ChurnModel, Gym
from db.session import GymSession, session_scope
from tests.factories.churn import create_churn_model, create_churn_score
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
)
from tests.fixtures.api import NOON, ApiClient

OVERVIEW = "/api/v1/analytics/overview"
AT_RISK = "/api/v1/analytics/at-risk"
YESTERDAY = NOON.date() - timedelta(days=1)
InGym = Callable[[int], AbstractContextManager[GymSession]]


@dataclass
class Scored:
    """A gym in which everybody comes every third day, with a model and what it says."""

    gym: Gym
    sessions: sessionmaker[GymSession]
    members: dict[str, int]
    model: ChurnModel

    def score(self, name: str, probability: float, **over: Any) -> None:
        with session_scope(self.sessions) as session:
            create_churn_score(
                session,
                model=self.model,
                member_id=self.members[name],
                probability=probability,
                as_of=over.pop("as_of", YESTERDAY),
                **over,
            )


@pytest.fixture
def scored(gym: Gym, in_gym: InGym, ops_sessions: sessionmaker[GymSession]) -> Scored:
    members = {}
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, duration_months=1, price="50.00")
        for name, away in (("Ana", 3), ("Ben", 3), ("Cara", 3), ("Dan", 20)):
            member = create_member(session, gym=gym, name=name)
            create_membership(session, gym=gym, member=member, plan=plan)
            create_regular_visits(
                session,
                gym=gym,
                member=member,
                last=NOON - timedelta(days=away),
                every_days=3,
                count=30,
            )
            members[name] = member.member_id
    with session_scope(ops_sessions) as session:
        model = create_churn_model(session, gym=gym)
    return Scored(gym, ops_sessions, members, model)


def listed(owner: ApiClient, **filters: str) -> dict[str, Any]:
    return {item["name"]: item for item in owner.get(AT_RISK, params=filters).json()["items"]}


def test_count_list_tabs_and_ids_agree_on_who_the_model_adds(
    owner: ApiClient, scored: Scored
) -> None:
    scored.score("Ana", 0.62)
    scored.score("Ben", 0.10)
    overview = owner.get(OVERVIEW).json()
    page = owner.get(AT_RISK).json()
    assert set(listed(owner)) == {"Ana", "Dan"}
    assert overview["at_risk"] == page["total"] == page["tabs"]["all"] == 2
    assert overview["at_risk_tabs"] == {"drifting": 2, "gone": 0, "not_started": 0, "all": 2}
    ids = owner.get(f"{AT_RISK}/ids").json()
    assert set(ids["member_ids"]) == {scored.members["Ana"], scored.members["Dan"]}
    preview = owner.post(
        "/api/v1/campaigns/preview",
        json={"filter": {"tab": "drifting"}, "subject": "Hi", "body": "Come back"},
    )
    assert preview.json()["will_send"] == 2
    detail = owner.get(f"/api/v1/members/{scored.members['Ana']}").json()
    assert (detail["at_risk"], detail["tab"], detail["risk"]) == (True, "drifting", 0.62)


def test_the_reason_says_the_chance_and_what_the_model_saw(
    owner: ApiClient, scored: Scored
) -> None:
    scored.score("Ana", 0.62, reasons=(("drop", 1.2), ("recency", 0.7), ("tenure", -0.4)))
    item = listed(owner)["Ana"]
    [reason] = item["reasons"]
    assert reason["code"] == "high_churn"
    assert reason["numbers"] == {"probability": 0.62}
    assert reason["text"] == (
        "62% chance of not coming in the next 30 days:"
        " came 2.3 times a week before, 2.2 now; 3 days away, usually comes every 3 days"
    )
    assert set(listed(owner, reason="high_churn")) == {"Ana"}
    counts = {one["code"]: one for one in owner.get(OVERVIEW).json()["reasons"]}
    assert counts["high_churn"] == {
        "code": "high_churn",
        "label": "Likely to stay away",
        "members": 1,
    }


def test_the_risk_shown_is_the_models_where_it_is_active_and_the_tables_elsewhere(
    owner: ApiClient, scored: Scored
) -> None:
    assert listed(owner)["Dan"]["risk_source"] == "rules"
    assert listed(owner)["Dan"]["risk"] == risk_of_absence(20) == 0.25
    scored.score("Dan", 0.456789, as_of=YESTERDAY)
    dan = listed(owner)["Dan"]
    assert (dan["risk"], dan["risk_source"]) == (0.4568, "model")
    assert [reason["code"] for reason in dan["reasons"]] == ["no_visit", "visits_down"]


def test_a_pooled_model_is_said_to_be_one(
    owner: ApiClient, scored: Scored, ops_sessions: sessionmaker[GymSession]
) -> None:
    with session_scope(ops_sessions) as session:
        session.get_one(ChurnModel, scored.model.model_id).scope = "pooled"
        mark_changed(session, scored.gym.gym_id)
    scored.score("Ana", 0.7)
    assert listed(owner)["Ana"]["risk_source"] == "pooled"


def test_first_comes_whose_return_is_open_by_the_model_too(
    owner: ApiClient, scored: Scored
) -> None:
    """All pay the same: neither who comes anyway nor who is lost is first, in SQL as in Python."""
    chances = {"Ana": 0.9, "Ben": 0.55, "Cara": 0.7}
    for name, probability in chances.items():
        scored.score(name, probability)
    names = [item["name"] for item in owner.get(AT_RISK).json()["items"]]
    expected = {name: chance_of_return(3, churn_probability=p) for name, p in chances.items()}
    expected["Dan"] = chance_of_return(20)
    open_ended = {name: chance * (1 - chance) for name, chance in expected.items()}
    assert names == sorted(open_ended, key=lambda name: -open_ended[name])
    assert names == ["Ben", "Cara", "Dan", "Ana"]


def test_a_check_in_takes_off_whom_the_model_put_on(owner: ApiClient, scored: Scored) -> None:
    scored.score("Ana", 0.9)
    assert "Ana" in listed(owner)
    owner.post("/api/v1/check-ins", json={"member_id": scored.members["Ana"]})
    assert "Ana" not in listed(owner)
    assert owner.get(OVERVIEW).json()["at_risk"] == 1


def test_the_overview_says_which_model_is_active(
    owner: ApiClient, scored: Scored, other_owner: ApiClient
) -> None:
    assert owner.get(OVERVIEW).json()["risk_model"] == {
        "model_id": scored.model.model_id,
        "label": "lapse",
        "scope": "gym",
        "as_of": None,
    }
    scored.score("Ana", 0.9, as_of=YESTERDAY - timedelta(days=1))
    scored.score("Ana", 0.8)
    assert owner.get(OVERVIEW).json()["risk_model"]["as_of"] == YESTERDAY.isoformat()
    assert other_owner.get(OVERVIEW).json()["risk_model"] is None
