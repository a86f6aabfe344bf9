"""When and where a plan lets its members in."""

import pytest

from db.models import Gym, Role
from tests.fixtures.api import ApiClient, SignInAs

MORNINGS = [{"weekday": 0, "opens": "06:00", "closes": "16:00"}]


@pytest.fixture
def url(owner: ApiClient) -> str:
    plan = owner.post(
        "/api/v1/membership-plans", json={"name": "Gold", "duration_months": 1, "price": 9}
    ).json()
    return f"/api/v1/membership-plans/{plan['plan_id']}/access"


def test_a_new_plan_is_for_any_hour_and_every_place(owner: ApiClient, url: str) -> None:
    assert owner.get(url).json() == {"hours": [], "location_ids": []}


def test_what_is_set_replaces_what_was(owner: ApiClient, url: str) -> None:
    [location] = owner.get("/api/v1/locations").json()["items"]
    first = {"hours": MORNINGS, "location_ids": [location["location_id"]]}
    for access in (first, {"hours": [], "location_ids": []}, first, first):
        assert owner.put(url, json=access).json() == access
        assert owner.get(url).json() == access


@pytest.mark.parametrize(
    "access",
    [
        {"hours": [*MORNINGS, {"weekday": 0, "opens": "15:00", "closes": "20:00"}]},
        {"hours": [{"weekday": 7, "opens": "06:00", "closes": "16:00"}]},
        {"hours": [{"weekday": 0, "opens": "6", "closes": "16:00"}]},
        {"location_ids": ["Hall"]},
        {"location_ids": None},
    ],
    ids=["overlap", "no weekday", "no time", "no key", "null"],
)
def test_what_cannot_be_is_refused_and_changes_nothing(
    owner: ApiClient, url: str, access: dict[str, object]
) -> None:
    before = {"hours": MORNINGS, "location_ids": []}
    owner.put(url, json=before)
    assert owner.put(url, json={"hours": [], "location_ids": []} | access).status_code == 422
    assert owner.get(url).json() == before


def test_a_location_that_is_not_the_gyms_is_refused(
    owner: ApiClient, url: str, other_gym: Gym, sign_in_as: SignInAs
) -> None:
    neighbour = sign_in_as(Role.OWNER, gym=other_gym)
    [location] = neighbour.get("/api/v1/locations").json()["items"]
    answer = owner.put(url, json={"hours": [], "location_ids": [location["location_id"]]})
    assert (answer.status_code, answer.json()["code"]) == (404, "location_not_found")
    assert neighbour.get(url).status_code == 404


def test_a_location_that_a_plan_names_is_retired_and_not_deleted(
    owner: ApiClient, url: str
) -> None:
    location = owner.post("/api/v1/locations", json={"name": "Beach"}).json()["location_id"]
    owner.put(url, json={"hours": [], "location_ids": [location]})
    answer = owner.delete(f"/api/v1/locations/{location}")
    assert (answer.status_code, answer.json()["code"]) == (409, "location_used")


def test_whoever_works_there_reads_it_and_only_managers_set_it(
    owner: ApiClient, url: str, gym: Gym, sign_in_as: SignInAs
) -> None:
    desk = sign_in_as(Role.RECEPTIONIST, gym=gym)
    assert desk.get(url).status_code == 200
    assert desk.put(url, json={"hours": [], "location_ids": []}).status_code == 403
