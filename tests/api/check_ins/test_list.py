"""Visits are listed newest first, those of one member or of some time."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from db.models import Gym
from db.session import GymSession
from tests.factories.members import create_member, create_visits
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/check-ins"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def rows(gym: Gym, in_gym: InGym) -> SimpleNamespace:
    """Ana and Bea come together on three days, Ana is written first."""
    at = [NOON - timedelta(days=day) for day in (2, 0, 1)]
    with in_gym(gym.gym_id) as session:
        ana, bea = (create_member(session, gym=gym, name=name) for name in ("Ana", "Bea"))
        for moment in at:
            for member in (ana, bea):
                create_visits(session, gym=gym, member=member, at=[moment])
        return SimpleNamespace(ana=ana, bea=bea)


def describe(items: list[dict[str, Any]]) -> list[tuple[int, str]]:
    came = [datetime.fromisoformat(item["check_in"]) for item in items]
    return [((NOON - at).days, item["member_name"]) for at, item in zip(came, items, strict=True)]


EVERY = [(day, name) for day in (0, 1, 2) for name in ("Bea", "Ana")]


def test_newest_first_and_at_one_time_the_one_written_last(
    owner: ApiClient, rows: SimpleNamespace
) -> None:
    assert describe(owner.get(URL).json()["items"]) == EVERY
    pages = [owner.get(URL, params={"page": n, "size": 4}).json() for n in (1, 2, 3)]
    assert [describe(page["items"]) for page in pages] == [EVERY[:4], EVERY[4:], []]
    assert [page["total"] for page in pages] == [6, 6, 6]


def test_those_of_one_member(owner: ApiClient, rows: SimpleNamespace) -> None:
    found = owner.get(URL, params={"member_id": rows.ana.member_id}).json()
    assert (describe(found["items"]), found["total"]) == ([(0, "Ana"), (1, "Ana"), (2, "Ana")], 3)


def test_the_time_from_is_in_it_and_the_time_to_is_not(
    owner: ApiClient, rows: SimpleNamespace
) -> None:
    yesterday = (NOON - timedelta(days=1)).isoformat()
    since = owner.get(URL, params={"from": yesterday}).json()
    assert (describe(since["items"]), since["total"]) == (EVERY[:4], 4)
    until = owner.get(URL, params={"to": yesterday}).json()
    assert (describe(until["items"]), until["total"]) == (EVERY[4:], 2)
