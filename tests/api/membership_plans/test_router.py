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
UNSAID = {
    "kind": "recurring",
    "duration_days": 0,
    "next_price": None,
    "next_price_from": None,
    "visits": None,
    "renews_automatically": False,
    "notice_days": 0,
    "freeze_days_a_year": None,
    "freezes_a_year": None,
    "shortest_freeze_days": None,
    "features": [],
    "capacity": None,
    "is_active": True,
}


@pytest.fixture
def gold(owner: ApiClient) -> dict[str, Any]:
    plan: dict[str, Any] = owner.post(URL, json=GOLD).json()
    assert plan == GOLD | UNSAID | {"plan_id": plan["plan_id"], "members": 0}
    return plan


def test_a_plan_is_not_renamed_to_the_name_of_another(
    owner: ApiClient, gold: dict[str, Any]
) -> None:
    silver = owner.post(URL, json=GOLD | {"name": "Silver"}).json()
    answer = owner.patch(f"{URL}/{silver['plan_id']}", json={"name": "GOLD"})
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_name_taken")
    assert owner.get(f"{URL}/{silver['plan_id']}").json()["name"] == "Silver"


@pytest.mark.parametrize(
    "field", ["name", "kind", "duration_months", "price", "features", "is_active"]
)
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


def test_a_plan_may_be_sent_its_own_name(owner: ApiClient, gold: dict[str, Any]) -> None:
    answer = owner.patch(f"{URL}/{gold['plan_id']}", json={"name": "gold", "description": None})
    assert answer.status_code == 200
    assert answer.json() == gold | {"name": "gold", "description": None}


def test_two_gyms_may_sell_the_same_name(
    owner: ApiClient, other_owner: ApiClient, gold: dict[str, Any]
) -> None:
    assert other_owner.post(URL, json=GOLD).status_code == 201
    refused = owner.post(URL, json=GOLD | {"name": "Göld"})
    assert refused.status_code == 409
    assert "Göld" in refused.json()["detail"]


def test_those_on_sale_come_first_then_by_name(owner: ApiClient) -> None:
    for name in ("C", "d", "b", "A"):
        made = owner.post(URL, json=GOLD | {"name": name}).json()
        assert made["is_active"] is True
        owner.patch(f"{URL}/{made['plan_id']}", json={"is_active": name not in "dA"})
    pages = [owner.get(URL, params={"page": n, "size": 3}).json() for n in (1, 2)]
    names = [[plan["name"] for plan in page["items"]] for page in pages]
    assert names == [["b", "C", "A"], ["d"]]
    assert [page["total"] for page in pages] == [4, 4]


def test_a_plan_that_is_not_there_is_named(owner: ApiClient) -> None:
    for answer in (owner.get(f"{URL}/987654321"), owner.patch(f"{URL}/987654321", json={})):
        assert (answer.status_code, answer.json()["code"]) == (404, "plan_not_found")
        assert "987654321" in answer.json()["detail"]
