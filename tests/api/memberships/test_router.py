"""Who is on which plan: assigning, ending, and what it does to the status."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest

from db.models import Gym, Member, MembershipPlan
from db.session import GymSession
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient, Clock

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def rows(gym: Gym, in_gym: InGym) -> SimpleNamespace:
    with in_gym(gym.gym_id) as session:
        return SimpleNamespace(
            member=create_member(session, gym=gym),
            plan=create_plan(session, gym=gym, duration_months=1, price="40.00"),
        )


def _assign(owner: ApiClient, member: Member, plan: MembershipPlan, **over: str) -> object:
    body = {"member_id": member.member_id, "plan_id": plan.plan_id, **over}
    return owner.post(URL, json=body)


def test_a_member_without_membership_is_active_and_expires_with_the_first(
    owner: ApiClient, rows: SimpleNamespace, clock: Clock
) -> None:
    member_url = f"/api/v1/members/{rows.member.member_id}"
    before = owner.get(member_url).json()
    assert (before["status"], before["status_known"]) == ("active", False)
    made = _assign(owner, rows.member, rows.plan)
    assert made.status_code == 201
    assert made.json()["ends_on"] == "2026-12-17"
    assert made.json()["yearly_price"] == 480.0
    clock.advance(days=29)
    assert owner.get(member_url).json()["status"] == "active"
    clock.advance(days=1)
    assert owner.get(member_url).json()["status"] == "expired"


def test_two_memberships_never_share_a_day(owner: ApiClient, rows: SimpleNamespace) -> None:
    assert _assign(owner, rows.member, rows.plan).status_code == 201
    twice = _assign(owner, rows.member, rows.plan, starts_on="2026-12-17")
    assert (twice.status_code, twice.json()["code"]) == (409, "already_covered")
    after = _assign(owner, rows.member, rows.plan, starts_on="2026-12-18")
    assert after.status_code == 201


def test_cancelled_for_today_is_cancelled_from_tomorrow(
    owner: ApiClient, rows: SimpleNamespace, clock: Clock
) -> None:
    made = _assign(owner, rows.member, rows.plan).json()
    url = f"{URL}/{made['membership_id']}/cancel"
    body = owner.post(
        url, json={"reason": "moving", "note": "moved", "last_day": "2026-11-18"}
    ).json()
    assert (body["ends_on"], body["cancelled_on"]) == ("2026-11-18", "2026-11-18")
    member_url = f"/api/v1/members/{rows.member.member_id}"
    assert owner.get(member_url).json()["status"] == "active"
    clock.advance(days=1)
    assert owner.get(member_url).json()["status"] == "cancelled"


def test_an_end_outside_the_term_is_refused(owner: ApiClient, rows: SimpleNamespace) -> None:
    made = _assign(owner, rows.member, rows.plan).json()
    url = f"{URL}/{made['membership_id']}/cancel"
    for day in ("2026-11-17", "2026-12-18"):
        answer = owner.post(url, json={"reason": "other", "last_day": day})
        assert (answer.status_code, answer.json()["code"]) == (422, "end_outside_term")


def test_a_retired_plan_is_not_sold(owner: ApiClient, rows: SimpleNamespace) -> None:
    url = f"/api/v1/membership-plans/{rows.plan.plan_id}"
    assert owner.patch(url, json={"is_active": False}).status_code == 200
    answer = _assign(owner, rows.member, rows.plan)
    assert (answer.status_code, answer.json()["code"]) == (409, "plan_retired")
    assert answer.json()["detail"].startswith(f"The plan '{rows.plan.name}' is not sold")


def test_d_ff_7_ids_of_another_gym_in_the_body_are_not_found(
    owner: ApiClient, rows: SimpleNamespace, other_gym: Gym, in_gym: InGym
) -> None:
    with in_gym(other_gym.gym_id) as session:
        member = create_member(session, gym=other_gym)
        plan = create_plan(session, gym=other_gym)
    assert _assign(owner, member, rows.plan).status_code == 404
    assert _assign(owner, rows.member, plan).status_code == 404


def test_plans_are_added_edited_and_named_once(owner: ApiClient) -> None:
    url = "/api/v1/membership-plans"
    plan = {"name": "Gold", "duration_months": 12, "price": 499.99}
    made = owner.post(url, json=plan)
    assert made.status_code == 201
    assert made.json()["price"] == 499.99
    assert owner.post(url, json=plan).json()["code"] == "plan_name_taken"
    edited = owner.patch(f"{url}/{made.json()['plan_id']}", json={"price": 10})
    assert edited.json()["price"] == 10
    assert owner.get(url).json()["total"] == 1


@pytest.mark.parametrize(
    "bad", [{"price": -1}, {"price": 1.999}, {"duration_months": 0}, {"name": ""}, {"price": "x"}]
)
def test_impossible_plans_are_refused(owner: ApiClient, bad: dict[str, object]) -> None:
    plan = {"name": "Gold", "duration_months": 12, "price": 499.99} | bad
    assert owner.post("/api/v1/membership-plans", json=plan).status_code == 422
