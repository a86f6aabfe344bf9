"""Plans over HTTP: each has its own name, what must be there stays, and its members are counted."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_plan
from tests.fixtures.api import ApiClient

URL = "/api/v1/membership-plans"
InGym = Callable[[int], AbstractContextManager[GymSession]]
GOLD = {"name": "Gold", "duration_months": 12, "price": 499.99, "description": "All of it"}


@pytest.fixture
def gold(owner: ApiClient) -> dict[str, Any]:
    plan: dict[str, Any] = owner.post(URL, json=GOLD).json()
    return plan


def test_a_plan_is_not_renamed_to_the_name_of_another(
    owner: ApiClient, gold: dict[str, Any]
) -> None:
    silver = owner.post(URL, json=GOLD | {"name": "Silver"}).json()
    answer = owner.patch(f"{URL}/{silver['plan_id']}", json={"name": "GOLD"})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_name_taken")
    assert owner.get(f"{URL}/{silver['plan_id']}").json()["name"] == "Silver"


@pytest.mark.parametrize("field", ["name", "duration_months", "price", "is_active"])
def test_what_a_plan_must_have_cannot_be_cleared(
    owner: ApiClient, gold: dict[str, Any], field: str
) -> None:
    answer = owner.patch(f"{URL}/{gold['plan_id']}", json={field: None})
    assert answer.status_code == 422
    assert f"{field} cannot be cleared" in answer.json()["detail"].lower()
    assert owner.get(f"{URL}/{gold['plan_id']}").json() == gold


def test_a_plan_says_how_many_members_are_on_it_now(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        plans = [create_plan(session, gym=gym, name=name) for name in ("A", "B", "C")]
        for plan in (plans[0], plans[1], plans[1]):
            member = create_member(session, gym=gym)
            create_membership(session, gym=gym, member=member, plan=plan)
    listed = owner.get(URL).json()["items"]
    assert [(plan["name"], plan["members"]) for plan in listed] == [("A", 1), ("B", 2), ("C", 0)]
    one = f"{URL}/{plans[1].plan_id}"
    assert owner.get(one).json()["members"] == 2
    assert owner.patch(one, json={"price": 1}).json()["members"] == 2
