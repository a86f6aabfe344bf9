"""Which days a membership covers, the day on which it is cancelled, and what it costs."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from db.member_facts import write_freely
from db.models import Gym, Membership, MemberStats
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_plan
from tests.fixtures.api import ApiClient
from tests.fixtures.waiting import wait_until_blocked

URL = "/api/v1/memberships"
InGym = Callable[[int], AbstractContextManager[GymSession]]
Assign = Callable[..., Any]


@pytest.fixture
def rows(gym: Gym, in_gym: InGym) -> SimpleNamespace:
    with in_gym(gym.gym_id) as session:
        return SimpleNamespace(
            member=create_member(session, gym=gym),
            plan=create_plan(session, gym=gym, duration_months=1, price="40.00"),
        )


@pytest.fixture
def assign(owner: ApiClient, rows: SimpleNamespace) -> Assign:
    """Put the member on the plan; `over` are fields of the body."""
    body = {"member_id": rows.member.member_id, "plan_id": rows.plan.plan_id}
    return lambda **over: owner.post(URL, json=body | over)


def test_a_membership_of_one_day_is_one(assign: Assign) -> None:
    answer = assign(starts_on="2026-11-20", ends_on="2026-11-20")
    assert answer.status_code == 201


def test_an_end_before_today_needs_a_start(assign: Assign) -> None:
    answer = assign(ends_on="2026-11-17")
    assert (answer.status_code, answer.json()["code"]) == (422, "end_outside_term")


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "status"),
    [
        ("2026-12-01", "2026-12-09", 201),
        ("2026-12-01", "2026-12-10", 409),
        ("2026-12-12", "2026-12-13", 409),
        ("2026-12-01", "2026-12-31", 409),
        ("2026-12-20", "2026-12-31", 409),
        ("2026-12-21", "2026-12-31", 201),
    ],
)
def test_another_fits_before_and_after_but_shares_no_day(
    assign: Assign, starts_on: str, ends_on: str, status: int
) -> None:
    assert assign(starts_on="2026-12-10", ends_on="2026-12-20").status_code == 201
    answer = assign(starts_on=starts_on, ends_on=ends_on)
    assert answer.status_code == status
    if status == 409:
        assert "from 10 December 2026 until 20 December 2026" in answer.json()["detail"]


def test_one_without_end_covers_every_later_day(
    assign: Assign, rows: SimpleNamespace, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        create_membership(session, gym=gym, member=rows.member, plan=rows.plan)
    answer = assign(starts_on="2030-01-01")
    assert (answer.status_code, answer.json()["code"]) == (409, "already_covered")
    assert "until further notice" in answer.json()["detail"]


def test_members_do_not_stand_in_each_others_way(assign: Assign, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        other = create_member(session, gym=gym)
    assert assign().status_code == 201
    assert assign(member_id=other.member_id).status_code == 201


def test_it_is_cancelled_on_the_day_of_the_call_whatever_its_last_day(
    owner: ApiClient, assign: Assign
) -> None:
    url = f"{URL}/{assign().json()['membership_id']}/cancel"
    body = {"last_day": "2026-12-01", "reason": "moving", "note": "Moved"}
    ended = owner.post(url, json=body).json()
    assert (ended["cancelled_on"], ended["ends_on"]) == ("2026-11-18", "2026-12-01")
    assert (ended["leaving_reason"], ended["cancel_reason"]) == ("moving", "Moved")


@pytest.mark.parametrize("end", ["starts_on", "ends_on"])
def test_it_may_end_on_any_day_of_its_term(owner: ApiClient, assign: Assign, end: str) -> None:
    made = assign().json()
    body = {"reason": "other", "last_day": made[end]}
    answer = owner.post(f"{URL}/{made['membership_id']}/cancel", json=body)
    assert (answer.status_code, answer.json().get("ends_on")) == (200, made[end])


def test_ending_waits_for_another_change_and_is_decided_by_what_that_left(
    owner: ApiClient,
    assign: Assign,
    rows: SimpleNamespace,
    gym: Gym,
    in_gym: InGym,
    ops_session: GymSession,
) -> None:
    """Somebody ends it on 1 December; to run until the 10th is not left to give any more."""
    membership_id = assign().json()["membership_id"]
    url = f"{URL}/{membership_id}/cancel"
    with ThreadPoolExecutor(1) as pool:
        with in_gym(gym.gym_id) as session:
            stats = select(MemberStats).where(MemberStats.member_id == rows.member.member_id)
            session.scalar(stats.with_for_update())
            write_freely(session)
            membership = session.get_one(Membership, membership_id)
            membership.last_day = membership.ends_on = date(2026, 12, 1)
            session.flush()
            body = {"reason": "other", "last_day": "2026-12-10"}
            ending = pool.submit(owner.post, url, json=body)
            wait_until_blocked(ending, by=session, watcher=ops_session)
        answer = ending.result()
    assert (answer.status_code, answer.json()["code"]) == (409, "move_not_possible")
    assert "has a last day" in answer.json()["detail"]


def test_one_that_has_not_begun_may_end_on_its_first_day(owner: ApiClient, assign: Assign) -> None:
    made = assign(starts_on="2026-12-01").json()
    body = {"reason": "other", "last_day": "2026-12-01"}
    answer = owner.post(f"{URL}/{made['membership_id']}/cancel", json=body)
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


@pytest.mark.parametrize("missing", ["member_id", "plan_id"])
def test_what_is_not_there_is_named(assign: Assign, missing: str) -> None:
    answer = assign(**{missing: 987_654_321})
    assert answer.status_code == 404
    assert "987654321" in answer.json()["detail"]


def test_a_membership_that_is_not_there_is_named(owner: ApiClient) -> None:
    answer = owner.post(f"{URL}/987654321/cancel", json={"reason": "other"})
    assert (answer.status_code, answer.json()["code"]) == (404, "membership_not_found")
    assert "987654321" in answer.json()["detail"]
