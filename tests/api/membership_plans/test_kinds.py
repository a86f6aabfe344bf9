"""Plans of each kind: what a kind cannot have is refused, and what was sold stays of its kind."""

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
PACK = {"name": "Ten", "kind": "pack", "duration_months": 6, "visits": 10, "price": 90}
DAY = {"name": "Day", "kind": "day_pass", "duration_days": 1, "price": 12.5}
TRIAL = {"name": "Week", "kind": "trial", "duration_days": 7, "price": 0}
YEAR = {"name": "Year", "kind": "fixed_term", "duration_months": 12, "price": 480}


@pytest.mark.parametrize("plan", [PACK, DAY, TRIAL, YEAR], ids=lambda plan: plan["kind"])
def test_each_kind_is_kept_as_it_was_sent(owner: ApiClient, plan: dict[str, Any]) -> None:
    made = owner.post(URL, json=plan)
    assert made.status_code == 201, made.text
    assert made.json().items() >= plan.items()


@pytest.mark.parametrize(
    ("plan", "field"),
    [
        (DAY | {"renews_automatically": True}, "renews_automatically"),
        (DAY | {"notice_days": 30}, "notice_days"),
        (TRIAL | {"freeze_days_a_year": 30}, "freeze_days_a_year"),
        (PACK | {"visits": None}, "visits"),
        (YEAR | {"visits": 3}, "visits"),
        (YEAR | {"duration_days": 3}, "duration_months"),
        (DAY | {"duration_days": 0}, "duration_months"),
    ],
)
def test_what_a_kind_cannot_have_is_refused_with_its_field(
    owner: ApiClient, plan: dict[str, Any], field: str
) -> None:
    refused = owner.post(URL, json=plan)
    assert (refused.status_code, refused.json()["code"]) == (422, "plan_contradicts_itself")
    assert [error["field"] for error in refused.json()["errors"]] == [field]
    assert owner.get(URL).json()["total"] == 0


def test_a_change_is_held_against_what_the_plan_has_already(owner: ApiClient) -> None:
    one = f"{URL}/{owner.post(URL, json=PACK).json()['plan_id']}"
    assert owner.patch(one, json={"visits": 12}).json()["visits"] == 12
    refused = owner.patch(one, json={"kind": "recurring"})
    assert [error["field"] for error in refused.json()["errors"]] == ["visits"]
    changed = owner.patch(one, json={"kind": "recurring", "visits": None, "notice_days": 30})
    assert (changed.status_code, changed.json()["kind"]) == (200, "recurring")


def test_a_plan_that_was_sold_stays_of_its_kind(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym)
        create_membership(session, gym=gym, member=create_member(session, gym=gym), plan=plan)
    one = f"{URL}/{plan.plan_id}"
    refused = owner.patch(one, json={"kind": "fixed_term"})
    assert (refused.status_code, refused.json()["code"]) == (409, "plan_kind_fixed")
    assert owner.patch(one, json={"kind": "recurring", "price": 1}).status_code == 200


@pytest.mark.parametrize(
    "features", [["Sauna", "sauna"], [""], ["x" * 61], [1], "Sauna", [str(n) for n in range(21)]]
)
def test_features_are_a_few_words_each_and_each_is_there_once(
    owner: ApiClient, features: Any
) -> None:
    refused = owner.post(URL, json=YEAR | {"features": features})
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"].startswith("features")


@pytest.mark.parametrize(
    ("plan", "ends_on", "yearly_price"),
    [
        (DAY, "2026-11-18", 12.5),
        (TRIAL, "2026-11-24", 0),
        (PACK, "2027-05-17", 90),
        (YEAR, "2027-11-17", 480),
        (YEAR | {"kind": "recurring", "duration_months": 3}, "2027-02-17", 1920),
    ],
)
def test_a_membership_is_as_long_as_its_plan_and_costs_what_a_year_of_it_costs(
    owner: ApiClient,
    gym: Gym,
    in_gym: InGym,
    plan: dict[str, Any],
    ends_on: str,
    yearly_price: float,
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
    plan_id = owner.post(URL, json=plan).json()["plan_id"]
    body = {"member_id": member.member_id, "plan_id": plan_id, "starts_on": "2026-11-18"}
    made = owner.post("/api/v1/memberships", json=body).json()
    assert (made["ends_on"], made["yearly_price"]) == (ends_on, yearly_price)
