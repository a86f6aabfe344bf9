"""The list of members: every order both ways, every filter, and the total that belongs to it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_plan, create_visits
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.mark.parametrize("sort", ["name", "join_date", "last_visit", "visits", "yearly_value"])
def test_every_order_goes_up_and_down_with_the_unknown_last(
    owner: ApiClient, gym: Gym, in_gym: InGym, sort: str
) -> None:
    with in_gym(gym.gym_id) as session:
        for rank, name in enumerate(["Ana", "Bea", "Eva"], start=1):
            member = create_member(session, gym=gym, name=name, join_date=date(2024, 1, rank))
            plan = create_plan(session, gym=gym, price=100 * rank)
            create_membership(session, gym=gym, member=member, plan=plan)
            at = [NOON - timedelta(days=10 * n - rank) for n in range(1, rank + 1)]
            create_visits(session, gym=gym, member=member, at=at)
        create_member(session, gym=gym, name="Zoe", join_date=date(2024, 1, 4))
    has_figure = sort in ("name", "join_date")
    known = ["Ana", "Bea", "Eva", "Zoe"] if has_figure else ["Ana", "Bea", "Eva"]
    if sort == "visits":
        known.insert(0, "Zoe")
    unknown = [] if "Zoe" in known else ["Zoe"]
    for sent, names in ((sort, known + unknown), (f"-{sort}", known[::-1] + unknown)):
        listed = owner.get(URL, params={"sort": sent}).json()["items"]
        assert [item["name"] for item in listed] == names, sent


def test_a_member_is_found_by_their_phone(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="Ana", phone="+351 912 345 678", email=None)
        create_member(session, gym=gym, name="Bea", phone="+351 912 999 999", email=None)
    found = owner.get(URL, params={"search": "912345678"}).json()
    assert ([item["name"] for item in found["items"]], found["total"]) == (["Ana"], 1)
