"""Staff and guests in the door log, and archived members, are no members of any figure."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from db.models import Gym, Member
from db.session import GymSession
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
)
from tests.fixtures.api import NOON, ApiClient

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]
GONE = ("staff", "guest", "archived")


def drifting(session: GymSession, gym: Gym, name: str) -> Member:
    """Came each week and then not for a month: at risk."""
    member = create_member(session, gym=gym, name=name)
    last = NOON - timedelta(days=30)
    create_regular_visits(session, gym=gym, member=member, last=last, every_days=7, count=8)
    return member


def figures(owner: ApiClient) -> tuple[int, int, int]:
    """Listed, active and at risk."""
    listed = owner.get(URL).json()["total"]
    overview = owner.get("/api/v1/analytics/overview").json()
    at_risk = owner.get("/api/v1/analytics/at-risk").json()
    return listed, overview["active_members"], at_risk["tabs"]["all"]


@pytest.mark.parametrize("standing", GONE)
def test_who_is_no_member_is_in_no_figure_and_gets_no_mail(
    standing: str, owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        drifting(session, gym, "Ana")
        regular = create_member(session, gym=gym)
        create_regular_visits(session, gym=gym, member=regular, last=NOON, every_days=3, count=9)
        other = drifting(session, gym, "Bo").member_id
    assert figures(owner) == (3, 3, 2)
    changed = owner.patch(f"{URL}/{other}", json={"standing": standing})
    assert (changed.status_code, changed.json()["standing"]) == (200, standing)
    assert figures(owner) == (2, 2, 1)
    assert owner.get(f"{URL}/{other}").json()["at_risk"] is False
    mail = {"subject": "Hi", "body": "Come", "member_ids": [other]}
    preview = owner.post("/api/v1/campaigns/preview", json=mail).json()
    assert preview["skipped"]["not_member"] == 1
    owner.patch(f"{URL}/{other}", json={"standing": "member"})
    assert figures(owner) == (3, 3, 2)


@pytest.mark.parametrize("standing", GONE)
def test_they_are_found_when_asked_for(
    standing: str, owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, name="Ana")
        other = create_member(session, gym=gym, name="Bo").member_id
    owner.patch(f"{URL}/{other}", json={"standing": standing})
    asked = {"standing": standing, "search": "bo"}
    assert [m["name"] for m in owner.get(URL, params=asked).json()["items"]] == ["Bo"]
    assert owner.get(URL, params={"standing": "anyone"}).json()["total"] == 2


def test_staff_are_in_the_door_log(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member_id = create_member(session, gym=gym).member_id
    owner.patch(f"{URL}/{member_id}", json={"standing": "staff"})
    came = {"member_id": member_id, "check_in": "2026-11-17T10:00:00"}
    assert owner.post("/api/v1/check-ins", json=came).status_code == 201
    assert owner.get("/api/v1/check-ins").json()["total"] == 1
    report = owner.post("/api/v1/attendance-reports", json={"day": "2026-11-17"}).json()
    assert (report["visits"], report["unique_members"], report["first_timers"]) == (1, 0, 0)


def test_d_ff_28_deleting_a_member_archives_them(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member_id = drifting(session, gym, "Ana").member_id
    assert owner.delete(f"{URL}/{member_id}").status_code == 204
    kept = owner.get(f"{URL}/{member_id}").json()
    assert (kept["standing"], kept["visits"], kept["name"]) == ("archived", 8, "Ana")


def test_who_has_a_membership_is_not_archived(owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_membership(session, gym=gym, member=member, plan=create_plan(session, gym=gym))
        member_id = member.member_id
    refused = owner.delete(f"{URL}/{member_id}")
    assert (refused.status_code, refused.json()["code"]) == (409, "still_has_membership")
    staff = owner.patch(f"{URL}/{member_id}", json={"standing": "staff"})
    assert staff.status_code == 200
