"""A price that changes on a day: who joins before pays the old one, and keeps it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from api.membership_plans.prices.service import apply_changes
from db.models import Gym, MembershipPlan
from db.session import GymSession
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient, Clock

URL = "/api/v1/membership-plans"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def plan(gym: Gym, in_gym: InGym) -> MembershipPlan:
    """Sold since 1 November at 40 a month; today is the 18th."""
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, duration_months=1, price="40.00")
        session.execute(
            text("update packages set created_at = '2026-11-01' where package_id = :key"),
            {"key": plan.plan_id},
        )
    return plan


@pytest.fixture
def join(owner: ApiClient, gym: Gym, in_gym: InGym, plan: MembershipPlan) -> Callable[[str], float]:
    """Another member joins on a day; their price of a month."""

    def join(day: str) -> float:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
        body = {"member_id": member.member_id, "plan_id": plan.plan_id, "starts_on": day}
        return float(owner.post("/api/v1/memberships", json=body).json()["yearly_price"] / 12)

    return join


def change(owner: ApiClient, plan: MembershipPlan, day: str, price: float) -> Any:
    body = {"starts_on": day, "price": price}
    return owner.post(f"{URL}/{plan.plan_id}/prices", json=body)


def test_who_joins_on_a_day_gets_the_price_of_that_day(
    owner: ApiClient, plan: MembershipPlan, join: Callable[[str], float]
) -> None:
    assert change(owner, plan, "2026-12-01", 45).status_code == 201
    assert change(owner, plan, "2027-01-01", 50).status_code == 201
    days = ("2026-11-18", "2026-11-30", "2026-12-01", "2026-12-31", "2027-01-01")
    assert [join(day) for day in days] == [40, 40, 45, 45, 50]
    assert join("2026-10-01") == 40


def test_a_plan_made_today_costs_today_what_it_cost_before_its_change(
    owner: ApiClient, plan: MembershipPlan, join: Callable[[str], float], in_gym: InGym
) -> None:
    today = date(2026, 11, 18)
    with in_gym(plan.gym_id) as session:
        made = "update packages set created_at = '2026-11-18 09:00Z' where package_id = :key"
        session.execute(text(made), {"key": plan.plan_id})
    assert change(owner, plan, "2026-12-01", 45).status_code == 201
    assert [join("2026-11-18"), join("2026-12-01")] == [40, 45]
    with in_gym(plan.gym_id) as session:
        assert apply_changes(session, plan.gym_id, today) == {"changed": 0}


def test_a_plan_says_what_it_costs_today_and_what_comes_next(
    owner: ApiClient, plan: MembershipPlan, clock: Clock
) -> None:
    for day, price in (("2027-01-01", 50), ("2026-12-01", 45)):
        change(owner, plan, day, price)

    def shown() -> list[tuple[Any, ...]]:
        one = owner.get(f"{URL}/{plan.plan_id}").json()
        [listed] = owner.get(URL).json()["items"]
        fields = ("price", "next_price", "next_price_from")
        return [tuple(item[field] for field in fields) for item in (one, listed)]

    assert shown() == [(40, 45, "2026-12-01")] * 2
    clock.advance(days=13)
    assert shown() == [(45, 50, "2027-01-01")] * 2
    clock.advance(days=31)
    assert shown() == [(50, None, None)] * 2


def test_the_day_of_a_change_is_the_gyms_own(
    owner: ApiClient, gym: Gym, in_gym: InGym, plan: MembershipPlan
) -> None:
    change(owner, plan, "2026-12-01", 45)
    with in_gym(gym.gym_id) as session:
        assert apply_changes(session, gym.gym_id, date(2026, 11, 30)) == {"changed": 0}
    with in_gym(gym.gym_id) as session:
        assert apply_changes(session, gym.gym_id, date(2026, 12, 1)) == {"changed": 1}
        assert apply_changes(session, gym.gym_id, date(2026, 12, 1)) == {"changed": 0}
        stored = session.get_one(MembershipPlan, plan.plan_id)
        assert stored.price == Decimal(45)


def test_another_price_today_is_for_today_and_keeps_what_was_before(
    owner: ApiClient, plan: MembershipPlan, join: Callable[[str], float]
) -> None:
    change(owner, plan, "2026-12-01", 45)
    for price in (42, 43):
        assert owner.patch(f"{URL}/{plan.plan_id}", json={"price": price}).json()["price"] == price
    assert [join(day) for day in ("2026-11-17", "2026-11-18", "2026-12-01")] == [40, 43, 45]
    listed = owner.get(f"{URL}/{plan.plan_id}/prices").json()["items"]
    assert [(item["starts_on"], item["price"]) for item in listed] == [
        ("2026-12-01", 45), ("2026-11-18", 43), ("2026-11-01", 40),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("day", "price", "status", "code"),
    [
        ("2026-11-18", 45, 422, "price_day_past"),
        ("2026-12-01", 45, 409, "price_day_taken"),
        ("2026-12-02", 45.005, 422, "price_too_fine"),
    ],
)
def test_what_is_no_change_to_come_is_refused(
    owner: ApiClient, plan: MembershipPlan, day: str, price: float, status: int, code: str
) -> None:
    change(owner, plan, "2026-12-01", 50)
    refused = change(owner, plan, day, price)
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_only_a_change_to_come_is_withdrawn(
    owner: ApiClient, plan: MembershipPlan, clock: Clock
) -> None:
    made = [change(owner, plan, day, 50).json() for day in ("2026-12-01", "2027-01-01")]
    clock.advance(days=13)
    urls = [f"{URL}/{plan.plan_id}/prices/{one['price_id']}" for one in made]
    assert [owner.delete(url).status_code for url in urls] == [409, 204]
    assert owner.delete(urls[1]).json()["code"] == "price_not_found"
    assert owner.get(f"{URL}/{plan.plan_id}").json()["next_price"] is None


def test_a_price_of_one_plan_is_not_found_under_another(
    owner: ApiClient, gym: Gym, in_gym: InGym, plan: MembershipPlan
) -> None:
    with in_gym(gym.gym_id) as session:
        other = create_plan(session, gym=gym)
    price = change(owner, plan, "2026-12-01", 45).json()["price_id"]
    assert owner.delete(f"{URL}/{other.plan_id}/prices/{price}").status_code == 404
    assert owner.get(f"{URL}/{other.plan_id}/prices").json()["total"] == 0
