"""Memberships are listed newest first, each with the plan it is of."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_plan
from tests.fixtures.api import ApiClient

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def rows(gym: Gym, in_gym: InGym) -> SimpleNamespace:
    """Ana had Bronze, then Gold; Bea began with Gold on the same day, and was written later."""
    with in_gym(gym.gym_id) as session:
        ana, bea = (create_member(session, gym=gym, name=name) for name in ("Ana", "Bea"))
        gold, bronze = (create_plan(session, gym=gym, name=name) for name in ("Gold", "Bronze"))
        for member, plan, starts_on, ends_on in (
            (ana, gold, date(2026, 2, 1), None),
            (ana, bronze, date(2026, 1, 1), date(2026, 1, 31)),
            (bea, gold, date(2026, 2, 1), None),
        ):
            create_membership(
                session, gym=gym, member=member, plan=plan, starts_on=starts_on, ends_on=ends_on
            )
        return SimpleNamespace(ana=ana, bea=bea)


def describe(items: list[dict[str, Any]]) -> list[tuple[str, str]]:
    return [(item["plan_name"], item["starts_on"]) for item in items]


def test_newest_first_and_of_one_day_the_one_written_last(
    owner: ApiClient, rows: SimpleNamespace
) -> None:
    items = owner.get(URL).json()["items"]
    assert [item["member_id"] for item in items] == [
        rows.bea.member_id,
        rows.ana.member_id,
        rows.ana.member_id,
    ]
    assert describe(items) == [
        ("Gold", "2026-02-01"),
        ("Gold", "2026-02-01"),
        ("Bronze", "2026-01-01"),
    ]


def test_those_of_one_member(owner: ApiClient, rows: SimpleNamespace) -> None:
    expected = [("Gold", "2026-02-01"), ("Bronze", "2026-01-01")]
    found = owner.get(URL, params={"member_id": rows.ana.member_id}).json()
    assert (describe(found["items"]), found["total"]) == (expected, 2)
    page = owner.get(f"/api/v1/members/{rows.ana.member_id}").json()
    assert describe(page["memberships"]) == expected


def test_pages_hold_each_once(owner: ApiClient, rows: SimpleNamespace) -> None:
    pages = [owner.get(URL, params={"page": n, "size": 2}).json() for n in (1, 2, 3)]
    assert [len(page["items"]) for page in pages] == [2, 1, 0]
    assert [page["total"] for page in pages] == [3, 3, 3]
    ids = [item["membership_id"] for page in pages for item in page["items"]]
    assert ids == [item["membership_id"] for item in owner.get(URL).json()["items"]]
