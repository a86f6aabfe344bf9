"""The day on which a membership is cancelled, the day on which it ends, and what it costs."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def rows(gym: Gym, in_gym: InGym) -> SimpleNamespace:
    with in_gym(gym.gym_id) as session:
        return SimpleNamespace(
            member=create_member(session, gym=gym),
            plan=create_plan(session, gym=gym, duration_months=1, price="40.00"),
        )


def test_it_is_cancelled_on_the_day_of_the_call_whatever_its_last_day(
    owner: ApiClient, rows: SimpleNamespace
) -> None:
    body = {"member_id": rows.member.member_id, "plan_id": rows.plan.plan_id}
    made = owner.post(URL, json=body).json()
    url = f"{URL}/{made['membership_id']}/end"
    ended = owner.post(url, json={"ends_on": "2026-12-01"}).json()
    assert (ended["cancelled_on"], ended["ends_on"]) == ("2026-11-18", "2026-12-01")


def test_one_that_has_not_begun_ends_on_its_first_day(
    owner: ApiClient, rows: SimpleNamespace
) -> None:
    body = {"member_id": rows.member.member_id, "plan_id": rows.plan.plan_id}
    made = owner.post(URL, json=body | {"starts_on": "2026-12-01"}).json()
    answer = owner.post(f"{URL}/{made['membership_id']}/end", json={})
    assert answer.status_code == 200
    assert (answer.json()["starts_on"], answer.json()["ends_on"]) == ("2026-12-01", "2026-12-01")


@pytest.mark.parametrize(
    ("price", "months", "yearly"),
    [("20.00", 7, 34.29), ("10.03", 8, 15.05), ("10.00", 7, 17.14), ("499.99", 12, 499.99)],
)
def test_the_price_of_a_year_is_rounded_half_up(
    owner: ApiClient, gym: Gym, in_gym: InGym, price: str, months: int, yearly: float
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        plan = create_plan(session, gym=gym, duration_months=months, price=price)
    body = {"member_id": member.member_id, "plan_id": plan.plan_id}
    assert owner.post(URL, json=body).json()["yearly_price"] == yearly
