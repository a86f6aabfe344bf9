"""Which times a visit may have."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_visits
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/check-ins"
InGym = Callable[[int], AbstractContextManager[GymSession]]
MINUTE = timedelta(minutes=1)


def test_a_clock_that_is_ahead_is_set_back_to_now(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
    ahead = {"member_id": member.member_id, "check_in": (NOON + MINUTE).isoformat()}
    made = owner.post(URL, json=ahead)
    assert made.status_code == 201
    assert datetime.fromisoformat(made.json()["check_in"]) == NOON


@pytest.mark.parametrize(("minutes", "status"), [(-1, 200), (0, 200), (1, 422)])
def test_nobody_leaves_after_they_came_again(
    owner: ApiClient, gym: Gym, in_gym: InGym, minutes: int, status: int
) -> None:
    came = NOON - timedelta(hours=8)
    again = NOON - timedelta(hours=4)
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        first, _ = create_visits(session, gym=gym, member=member, at=[came, again])
    left = {"check_out": (again + minutes * MINUTE).isoformat()}
    answer = owner.post(f"{URL}/{first.check_in_id}/leave", json=left)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "time_refused"
