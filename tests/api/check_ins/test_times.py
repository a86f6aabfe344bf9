"""Which times a visit may have, and which visit a scan belongs to."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest

from db.models import Gym, Member
from db.session import GymSession
from tests.factories.members import create_member, create_visits
from tests.fixtures.api import NOON, ApiClient, Clock

URL = "/api/v1/check-ins"
InGym = Callable[[int], AbstractContextManager[GymSession]]
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)


@pytest.fixture
def member(gym: Gym, in_gym: InGym) -> Member:
    with in_gym(gym.gym_id) as session:
        return create_member(session, gym=gym, name="Ana")


@pytest.fixture
def scan(owner: ApiClient, member: Member) -> Callable[..., Any]:
    """Scan the member, at a time or now."""

    def send(at: datetime | None = None, **over: Any) -> Any:
        when = {} if at is None else {"check_in": at.isoformat()}
        return owner.post(URL, json={"member_id": member.member_id} | when | over)

    return send


def test_a_clock_that_is_ahead_is_set_back_to_now(scan: Callable[..., Any]) -> None:
    made = scan(NOON + MINUTE)
    assert made.status_code == 201
    assert datetime.fromisoformat(made.json()["check_in"]) == NOON


def test_the_first_moment_that_is_believed(scan: Callable[..., Any]) -> None:
    first = datetime.fromisoformat("1990-01-01T00:00:00Z")
    assert scan(first - timedelta(seconds=1)).json()["code"] == "time_refused"
    assert scan(first).status_code == 201


@pytest.mark.parametrize(
    ("minutes", "status"), [(-11, 201), (-10, 409), (-1, 409), (29, 409), (30, 201)]
)
def test_a_scan_near_a_visit_or_during_it_is_that_visit(
    scan: Callable[..., Any], owner: ApiClient, minutes: int, status: int
) -> None:
    """Recorded afterwards: a visit of half an hour, and another scan so many minutes from it."""
    entered = NOON - 5 * HOUR
    made = scan(entered).json()
    left = {"check_out": (entered + 30 * MINUTE).isoformat()}
    assert owner.post(f"{URL}/{made['check_in_id']}/leave", json=left).status_code == 200
    answer = scan(entered + minutes * MINUTE)
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "already_checked_in"
        assert f"(check-in {made['check_in_id']})" in answer.json()["detail"]


def test_a_scan_belongs_to_the_latest_visit_it_can(scan: Callable[..., Any]) -> None:
    first = scan(NOON - 4 * HOUR).json()
    last = scan(NOON - HOUR / 2).json()
    assert first["check_in_id"] != last["check_in_id"]
    assert f"(check-in {last['check_in_id']})" in scan(NOON).json()["detail"]


def test_another_members_visit_is_in_nobodys_way(
    scan: Callable[..., Any], gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        other = create_member(session, gym=gym)
        create_visits(session, gym=gym, member=other, at=[NOON])
    assert scan().status_code == 201


@pytest.mark.parametrize(
    ("after", "status"),
    [(-MINUTE, 422), (0 * MINUTE, 200), (24 * HOUR, 200), (24 * HOUR + MINUTE, 422)],
)
def test_a_visit_lasts_a_day_at_most(
    scan: Callable[..., Any], owner: ApiClient, after: timedelta, status: int
) -> None:
    entered = NOON - 30 * HOUR
    made = scan(entered).json()
    left = {"check_out": (entered + after).isoformat()}
    answer = owner.post(f"{URL}/{made['check_in_id']}/leave", json=left)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "time_refused"
    if after > 24 * HOUR:
        assert "24 hours at most" in answer.json()["detail"]


def test_leaving_is_recorded_once_and_corrected_by_a_time(
    scan: Callable[..., Any], owner: ApiClient, clock: Clock
) -> None:
    made = scan().json()
    assert (made["member_name"], made["check_out"], made["method"]) == ("Ana", None, "manual")
    path = f"{URL}/{made['check_in_id']}/leave"
    clock.advance(hours=1)
    left = owner.post(path, json={}).json()
    assert datetime.fromisoformat(left["check_out"]) == clock.now
    del made["alerts"]  # of the moment in which they came
    assert left == made | {"check_out": left["check_out"]}
    assert owner.post(path, json={}).json() == left
    clock.advance(minutes=1)
    again = owner.post(path, json={})
    assert (again.status_code, again.json()["code"]) == (409, "already_left")
    corrected = owner.post(path, json={"check_out": (NOON + MINUTE).isoformat()}).json()
    assert datetime.fromisoformat(corrected["check_out"]) == NOON + MINUTE


@pytest.mark.parametrize(("minutes", "status"), [(-1, 200), (0, 200), (1, 422)])
def test_nobody_leaves_after_they_came_again(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym, minutes: int, status: int
) -> None:
    came, again, last = NOON - 8 * HOUR, NOON - 4 * HOUR, NOON - HOUR
    with in_gym(gym.gym_id) as session:
        other = create_member(session, gym=gym)
        create_visits(session, gym=gym, member=other, at=[came + HOUR])
        first, *_ = create_visits(session, gym=gym, member=member, at=[came, last, again])
    left = {"check_out": (again + minutes * MINUTE).isoformat()}
    answer = owner.post(f"{URL}/{first.check_in_id}/leave", json=left)
    assert answer.status_code == status
    if status == 422:
        assert answer.json()["code"] == "time_refused"


def test_what_is_not_there_is_named(owner: ApiClient) -> None:
    for answer, code in (
        (owner.post(URL, json={"member_id": 987_654_321}), "member_not_found"),
        (owner.post(f"{URL}/987654321/leave", json={}), "check_in_not_found"),
        (owner.delete(f"{URL}/987654321"), "check_in_not_found"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, code)
        assert "987654321" in answer.json()["detail"]
