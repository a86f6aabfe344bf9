"""A gym has a location at least; hours and closures say when it is open."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import sessionmaker

from db.models import Gym, Location, Role
from db.session import GymSession, session_scope
from tests.fixtures.api import ApiClient, SignInAs
from tests.fixtures.waiting import wait_until_blocked

URL = "/api/v1/locations"


def list_all(owner: ApiClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = owner.get(URL).json()["items"]
    return found


def add(owner: ApiClient, name: str) -> int:
    answer = owner.post(URL, json={"name": name})
    assert answer.status_code == 201, answer.text
    location_id: int = answer.json()["location_id"]
    return location_id


def close(owner: ApiClient, first: str, last: str, location_id: int | None = None) -> int:
    body = {"starts_on": first, "ends_on": last, "location_id": location_id}
    answer = owner.post(f"{URL}/closures", json=body)
    assert answer.status_code == 201, answer.text
    closure_id: int = answer.json()["closure_id"]
    return closure_id


def set_hours(owner: ApiClient, location_id: int, *hours: tuple[int, str, str]) -> Any:
    body = [{"weekday": day, "opens": opens, "closes": closes} for day, opens, closes in hours]
    return owner.put(f"{URL}/{location_id}/opening-hours", json={"opening_hours": body})


def is_open(owner: ApiClient, location_id: int) -> bool:
    found: bool = owner.get(f"{URL}/{location_id}").json()["is_open"]
    return found


def test_a_gym_has_a_location_of_its_name_from_the_start(owner: ApiClient, gym: Gym) -> None:
    [location] = list_all(owner)
    assert location["name"] == gym.name
    assert location["is_active"]
    assert location["is_open"]


def test_the_last_location_is_neither_retired_nor_deleted(owner: ApiClient) -> None:
    [first] = list_all(owner)
    path = f"{URL}/{first['location_id']}"
    retired = add(owner, "Annex")
    assert owner.patch(f"{URL}/{retired}", json={"is_active": False}).status_code == 200
    for answer in (owner.patch(path, json={"is_active": False}), owner.delete(path)):
        assert answer.status_code == 409
        assert answer.json()["code"] == "last_location"
    assert owner.patch(path, json={"is_active": True, "name": "Old town"}).status_code == 200


def test_who_retires_the_last_but_one_is_waited_for(
    owner: ApiClient, gym: Gym, ops_sessions: sessionmaker[GymSession]
) -> None:
    annex = add(owner, "Annex")
    with session_scope(ops_sessions) as watcher, ThreadPoolExecutor(1) as pool:
        with session_scope(ops_sessions) as other:
            first = other.scalars(select(Location).where(Location.name == gym.name)).one()
            first.is_active = False
            other.flush()
            path = f"{URL}/{annex}"
            second = pool.submit(lambda: owner.patch(path, json={"is_active": False}))
            wait_until_blocked(second, by=other, watcher=watcher)
        assert second.result().json()["code"] == "last_location"


def test_a_location_that_was_closed_once_is_retired_and_not_deleted(owner: ApiClient) -> None:
    annex = add(owner, "Annex")
    closure_id = close(owner, "2026-01-01", "2026-01-02", annex)
    refused = owner.delete(f"{URL}/{annex}")
    assert refused.status_code == 409
    assert refused.json()["code"] == "location_used"
    assert "Annex" in refused.json()["detail"]
    assert owner.delete(f"{URL}/closures/{closure_id}").status_code == 204
    set_hours(owner, annex, (0, "06:00", "22:00"))
    assert owner.delete(f"{URL}/{annex}").status_code == 204


def test_hours_are_replaced_as_a_whole_and_read_back_in_order(owner: ApiClient) -> None:
    annex = add(owner, "Annex")
    set_hours(owner, annex, (2, "14:00", "22:00"), (2, "06:00", "12:00"))
    answer = set_hours(owner, annex, (6, "22:00", "02:00"), (1, "00:00", "00:00"))
    assert answer.status_code == 200
    hours = [tuple(one.values()) for one in answer.json()["opening_hours"]]
    assert hours == [(1, "00:00", "00:00"), (6, "22:00", "02:00")]
    assert owner.get(f"{URL}/{annex}").json() == answer.json()
    assert set_hours(owner, annex).json()["opening_hours"] == []


@pytest.mark.parametrize(
    "hours",
    [
        [(0, "06:00", "12:00"), (0, "11:59", "14:00")],
        [(6, "22:00", "02:00"), (0, "01:00", "05:00")],
        [(7, "06:00", "12:00")],
        [(0, "24:00", "06:00")],
        [(0, "6:00", "12:00")],
    ],
    ids=str,
)
def test_hours_that_overlap_or_are_none_are_refused(
    owner: ApiClient, hours: list[tuple[int, str, str]]
) -> None:
    [first] = list_all(owner)
    assert set_hours(owner, first["location_id"], *hours).status_code == 422


def test_it_is_open_by_its_hours(owner: ApiClient) -> None:
    """The tests' clock shows Wednesday, 12:00."""
    annex = add(owner, "Annex")
    set_hours(owner, annex, (2, "06:00", "12:00"))
    assert not is_open(owner, annex)
    set_hours(owner, annex, (2, "06:00", "12:01"))
    assert is_open(owner, annex)


def test_on_a_closed_day_it_is_closed_whatever_its_hours(owner: ApiClient) -> None:
    [first] = list_all(owner)
    annex = add(owner, "Annex")
    closure_id = close(owner, "2026-11-18", "2026-11-18", annex)
    assert not is_open(owner, annex)
    assert is_open(owner, first["location_id"])
    owner.delete(f"{URL}/closures/{closure_id}")
    close(owner, "2026-11-10", "2026-11-17")
    assert is_open(owner, annex)
    close(owner, "2026-11-10", "2026-11-18")
    assert not is_open(owner, annex)
    assert not is_open(owner, first["location_id"])


@pytest.mark.parametrize(
    ("first", "last"), [("2026-12-26", "2026-12-24"), ("2026-01-01", "2027-01-02")]
)
def test_a_closure_that_ends_before_it_begins_or_lasts_for_years_is_refused(
    owner: ApiClient, first: str, last: str
) -> None:
    body = {"starts_on": first, "ends_on": last}
    assert owner.post(f"{URL}/closures", json=body).status_code == 422


@pytest.mark.parametrize("role", [Role.TRAINER, Role.RECEPTIONIST])
def test_the_desk_and_trainers_read_and_change_nothing(
    owner: ApiClient, sign_in_as: SignInAs, role: Role
) -> None:
    [first] = list_all(owner)
    someone = sign_in_as(role)
    assert list_all(someone) == [first]
    path = f"{URL}/{first['location_id']}"
    assert someone.patch(path, json={"capacity": 1}).status_code == 403
    assert set_hours(someone, first["location_id"]).status_code == 403
    body = {"starts_on": "2026-12-24", "ends_on": "2026-12-24"}
    assert someone.post(f"{URL}/closures", json=body).status_code == 403
