"""No more members are on a plan at a time than it has places for."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]
Join = Callable[..., int]


@pytest.fixture
def join(owner: ApiClient, gym: Gym, in_gym: InGym) -> Join:
    """Another member takes a plan for two places; the status of the answer."""
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, duration_months=1, capacity=2)

    def join(starts_on: str, ends_on: str) -> int:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
        body = {"member_id": member.member_id, "plan_id": plan.plan_id}
        answer = owner.post(URL, json=body | {"starts_on": starts_on, "ends_on": ends_on})
        assert answer.status_code == 201 or answer.json()["code"] == "plan_full"
        return int(answer.status_code)

    return join


def test_a_place_is_free_again_on_the_day_after_somebodys_last(join: Join) -> None:
    assert join("2026-12-01", "2026-12-31") == 201
    assert join("2026-12-01", "2026-12-10") == 201
    assert join("2026-12-10", "2026-12-12") == 409
    assert join("2026-12-11", "2026-12-12") == 201


def test_places_that_are_given_for_later_days_count(join: Join) -> None:
    assert [join("2026-12-20", "2026-12-31"), join("2026-12-25", "2026-12-31")] == [201, 201]
    assert join("2026-12-01", "2026-12-25") == 409
    assert join("2026-12-01", "2026-12-24") == 201


def test_who_come_one_after_the_other_take_one_place(join: Join) -> None:
    for days in (("2026-12-01", "2026-12-05"), ("2026-12-06", "2026-12-10")):
        assert join(*days) == 201
    assert join("2026-12-01", "2026-12-10") == 201
    assert join("2026-12-05", "2026-12-06") == 409


def test_the_last_place_is_given_once(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, capacity=3)
        members = [create_member(session, gym=gym).member_id for _ in range(12)]
    start = threading.Barrier(len(members))

    def join(member_id: int) -> int:
        start.wait()
        body = {"member_id": member_id, "plan_id": plan.plan_id}
        return int(owner.post(URL, json=body).status_code)

    with ThreadPoolExecutor(len(members)) as pool:
        assert Counter(pool.map(join, members)) == {201: 3, 409: 9}


def test_fewer_places_send_nobody_away(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym)
        members = [create_member(session, gym=gym).member_id for _ in range(3)]
    for member_id in members[:2]:
        body = {"member_id": member_id, "plan_id": plan.plan_id}
        assert owner.post(URL, json=body).status_code == 201
    one = f"/api/v1/membership-plans/{plan.plan_id}"
    changed = owner.patch(one, json={"capacity": 1}).json()
    assert (changed["capacity"], changed["members"]) == (1, 2)
    body = {"member_id": members[2], "plan_id": plan.plan_id}
    refused = owner.post(URL, json=body)
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_full")
