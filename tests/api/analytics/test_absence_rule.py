"""From when on somebody who stays away is at risk, as a gym chooses it: everywhere the same."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from db.models import Gym, Role
from db.session import GymSession
from tests.factories.members import create_member, create_visits
from tests.fixtures.api import NOON, ApiClient, SignInAs

AT_RISK = "/api/v1/analytics/at-risk"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture(autouse=True)
def members(gym: Gym, in_gym: InGym) -> None:
    """Twelve who came every second day and stayed away for 5 to 27 days, and one who never came."""
    with in_gym(gym.gym_id) as session:
        for away in range(5, 29, 2):
            member = create_member(session, gym=gym, join_date=(NOON - timedelta(days=300)).date())
            moments = [NOON - timedelta(days=ago) for ago in range(away, away + 60, 2)]
            create_visits(session, gym=gym, member=member, at=moments)
        create_member(session, gym=gym, join_date=(NOON - timedelta(days=12)).date())


def choose(owner: ApiClient, days: int, gaps: int) -> None:
    body = {"absence_days": days, "absence_gaps": gaps}
    answer = owner.patch("/api/v1/organizations/me", json=body)
    assert answer.status_code == 200, answer.text
    assert answer.json().items() >= body.items()


def read_totals(owner: ApiClient) -> set[int]:
    """What every place says."""
    return {
        owner.get(AT_RISK).json()["total"],
        owner.get(f"{AT_RISK}/ids").json()["total"],
        owner.get("/api/v1/analytics/overview").json()["at_risk"],
        owner.get("/api/v1/members", params={"at_risk": "all"}).json()["total"],
    }


def preview(owner: ApiClient, days: int, gaps: int) -> Any:
    params = {"absence_days": days, "absence_gaps": gaps}
    return owner.get(f"{AT_RISK}/preview", params=params)


def test_a_choice_holds_everywhere_at_once_and_is_what_was_previewed(owner: ApiClient) -> None:
    [usual] = read_totals(owner)
    seen = {(14, 3): usual}
    for days, gaps in ((7, 2), (10, 3), (30, 3), (14, 3)):
        [before] = read_totals(owner)
        told = preview(owner, days, gaps).json()
        assert told["at_risk"] == before
        choose(owner, days, gaps)
        assert read_totals(owner) == {told["would_be_at_risk"]}
        seen[days, gaps] = told["would_be_at_risk"]
    assert seen[14, 3] == usual
    assert seen[7, 2] > seen[10, 3] > seen[14, 3] >= seen[30, 3]


def test_a_preview_changes_nothing(owner: ApiClient) -> None:
    before = owner.get("/api/v1/organizations/me").json()
    preview(owner, 7, 2)
    assert owner.get("/api/v1/organizations/me").json() == before


def test_another_gyms_choice_changes_nothing(owner: ApiClient, other_owner: ApiClient) -> None:
    before = read_totals(owner)
    choose(other_owner, 7, 2)
    assert read_totals(owner) == before


@pytest.mark.parametrize(("days", "gaps"), [(6, 3), (41, 3), (14, 1), (14, 6), ("x", 3), (14.5, 3)])
def test_what_no_gym_can_mean_is_refused(owner: ApiClient, days: Any, gaps: Any) -> None:
    assert preview(owner, days, gaps).status_code == 422
    body = {"absence_days": days, "absence_gaps": gaps}
    assert owner.patch("/api/v1/organizations/me", json=body).status_code == 422


def test_only_who_edits_the_gym_chooses(sign_in_as: SignInAs) -> None:
    receptionist = sign_in_as(Role.RECEPTIONIST)
    answer = receptionist.patch("/api/v1/organizations/me", json={"absence_days": 20})
    assert answer.status_code == 403
