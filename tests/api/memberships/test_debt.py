"""Who has not paid is refused at the door once the days of grace are over, until it is paid."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

from db.models import Gym, Role
from db.session import GymSession
from tests.factories.members import create_member, create_plan
from tests.fixtures.api import ApiClient, Clock, SignInAs

URL, CHECK_INS, ME = "/api/v1/memberships", "/api/v1/check-ins", "/api/v1/organizations/me"
InGym = Callable[[int], AbstractContextManager[GymSession]]


class Member:
    """On a monthly plan since 1 November, at a gym whose desk refuses and has no days of grace."""

    def __init__(self, owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
        self.owner = owner
        with in_gym(gym.gym_id) as session:
            self.plans = [
                create_plan(session, gym=gym, duration_months=1).plan_id for _ in range(2)
            ]
            self.member_id = create_member(session, gym=gym).member_id
        body = {"member_id": self.member_id, "plan_id": self.plans[0], "starts_on": "2026-11-01"}
        self.url = f"{URL}/{owner.post(URL, json=body).json()['membership_id']}"
        self.rule(enforces_access=True, debt_grace_days=0)

    def rule(self, **over: Any) -> None:
        assert self.owner.patch(ME, json=over).status_code == 200

    def mark(self, word: str, **body: Any) -> Any:
        return self.owner.post(f"{self.url}/{word}", json=body)

    def enter(self, **over: Any) -> Any:
        answer = self.owner.post(CHECK_INS, json={"member_id": self.member_id, **over})
        if answer.status_code == 201:
            entered = f"{CHECK_INS}/{answer.json()['check_in_id']}"
            assert self.owner.delete(entered).status_code == 204
            return [alert["kind"] for alert in answer.json()["alerts"]]
        return [(one["reason"], one["message"]) for one in answer.json()["errors"]]


@pytest.fixture
def member(owner: ApiClient, gym: Gym, in_gym: InGym) -> Member:
    return Member(owner, gym, in_gym)


def test_who_has_not_paid_is_refused_until_they_have(member: Member) -> None:
    assert "unpaid" not in member.enter()
    marked = member.mark("unpaid", unpaid_since="2026-11-05").json()
    assert marked["unpaid_since"] == "2026-11-05"
    assert member.enter() == [("unpaid", "Not paid since 5 November 2026")]
    assert member.mark("paid").json()["unpaid_since"] is None
    assert "unpaid" not in member.enter()


def test_let_in_all_the_same_it_stays_with_the_visit(member: Member) -> None:
    member.mark("unpaid")
    assert "unpaid" in member.enter(override_reason="Pays tonight")
    member.rule(enforces_access=False)
    assert "unpaid" in member.enter()


@pytest.mark.parametrize(("grace", "is_refused"), [(13, True), (14, False), (365, False)])
def test_days_of_grace_count_from_the_first_unpaid_day(
    member: Member, grace: int, is_refused: bool
) -> None:
    """Today is the 18th, the fourteenth day from the 5th on."""
    member.rule(debt_grace_days=grace)
    member.mark("unpaid", unpaid_since="2026-11-05")
    assert (member.enter() == [("unpaid", "Not paid since 5 November 2026")]) is is_refused


def test_another_membership_that_is_paid_lets_them_in(member: Member) -> None:
    member.mark("unpaid")
    body = {"name": "Ten visits", "kind": "pack", "duration_months": 3, "visits": 10, "price": 80}
    pack = member.owner.post("/api/v1/membership-plans", json=body).json()["plan_id"]
    sold = member.owner.post(URL, json={"member_id": member.member_id, "plan_id": pack})
    assert sold.status_code == 201
    assert "unpaid" not in member.enter()


def test_it_stands_in_the_history_once(member: Member) -> None:
    member.mark("paid")
    member.mark("unpaid", reason="Card declined")
    member.mark("unpaid")
    member.mark("paid")
    history = member.mark("paid").json()["history"]
    assert [event["kind"] for event in history] == ["paid", "unpaid", "assigned"]
    assert history[1]["reason"] == "Card declined"
    assert history[1]["details"] == history[0]["details"] == {"unpaid_since": "2026-11-18"}


def test_who_owes_is_found_among_the_members(member: Member) -> None:
    def found(owes: str) -> int:
        total: int = member.owner.get("/api/v1/members", params={"owes": owes}).json()["total"]
        return total

    assert (found("true"), found("false")) == (0, 1)
    member.mark("unpaid")
    assert (found("true"), found("false")) == (1, 0)


def test_what_is_owed_goes_along_with_a_change_of_plan(member: Member) -> None:
    member.mark("unpaid", unpaid_since="2026-11-05")
    changed = member.owner.post(f"{member.url}/change-plan", json={"plan_id": member.plans[1]})
    assert changed.json()["unpaid_since"] == "2026-11-05"
    assert member.owner.get(member.url).json()["unpaid_since"] is None


def test_a_change_of_plan_to_come_opens_the_door_for_nobody(member: Member) -> None:
    """Until then both owe, and one payment is for both."""
    unpaid = [("unpaid", "Not paid since 5 November 2026")]
    member.mark("unpaid", unpaid_since="2026-11-05")
    body = {"plan_id": member.plans[1], "starts_on": "2026-12-01"}
    changed = member.owner.post(f"{member.url}/change-plan", json=body).json()
    assert changed["unpaid_since"] == "2026-11-05"
    assert member.enter() == unpaid
    member.mark("paid")
    assert "unpaid" not in member.enter()
    later = member.owner.get(f"{URL}/{changed['membership_id']}").json()
    assert later["unpaid_since"] is None
    assert "paid" in [event["kind"] for event in later["history"]]


@pytest.mark.parametrize("day", ["2026-10-31", "2026-11-19"])
def test_no_day_before_it_began_or_to_come_is_unpaid(member: Member, day: str) -> None:
    refused = member.mark("unpaid", unpaid_since=day)
    assert (refused.status_code, refused.json()["code"]) == (422, "day_outside_term")
    assert "1 November 2026" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("role", "status"), [(Role.RECEPTIONIST, 200), (Role.TRAINER, 403), (Role.MEMBER, 403)]
)
def test_who_says_so(member: Member, sign_in_as: SignInAs, role: Role, status: int) -> None:
    caller = sign_in_as(role)
    for word in ("unpaid", "paid"):
        assert caller.post(f"{member.url}/{word}", json={}).status_code == status


@pytest.mark.parametrize("days", [-1, 366, None, 1.5])
def test_grace_has_bounds(member: Member, days: Any) -> None:
    assert member.owner.patch(ME, json={"debt_grace_days": days}).status_code == 422


def test_of_a_membership_that_is_over_only_its_own_days_are_unpaid(
    member: Member, clock: Clock
) -> None:
    clock.advance(days=60)  # past its one month
    refused = member.mark("unpaid", unpaid_since="2026-12-15")
    assert (refused.status_code, refused.json()["code"]) == (422, "day_outside_term")
    assert "30 November 2026" in refused.json()["detail"]
    assert member.mark("unpaid").json()["unpaid_since"] == "2026-11-30"
