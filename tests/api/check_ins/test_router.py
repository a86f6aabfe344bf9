"""Recording visits over HTTP: once each, at the right time, in the right gym."""

import json
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from db.logs import JsonFormatter
from db.models import CheckIn, Gym, Member, MemberStats, Role, VisitHour
from db.session import GymSession
from tests.factories.members import create_member
from tests.fixtures.api import NOON, ApiClient, Clock

URL = "/api/v1/check-ins"
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def member(gym: Gym, in_gym: InGym) -> Member:
    with in_gym(gym.gym_id) as session:
        return create_member(session, gym=gym)


def test_a_visit_counts_at_once_everywhere(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym
) -> None:
    answer = owner.post(URL, json={"member_id": member.member_id, "method": "qr"})
    assert answer.status_code == 201
    body = answer.json()
    assert body["method"] == "qr"
    assert datetime.fromisoformat(body["check_in"]) == NOON
    with in_gym(gym.gym_id) as session:
        stats = session.get_one(MemberStats, (gym.gym_id, member.member_id))
        assert (stats.visits, stats.last_visit_on) == (1, NOON.date())
        hour = session.scalars(select(VisitHour).where(VisitHour.in_gym(gym.gym_id))).one()
        assert (hour.day, hour.hour, hour.visits) == (NOON.date(), 12, 1)
    assert owner.get("/api/v1/analytics/overview").json()["visits_7_days"] == 1


def test_a_time_without_offset_is_the_gyms_local_time(
    make_gym: Callable[..., Gym], sign_in_as: Callable[..., ApiClient], in_gym: InGym
) -> None:
    gym = make_gym(timezone="America/Sao_Paulo")
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
    owner = sign_in_as(Role.OWNER, gym=gym)
    body = owner.post(
        URL, json={"member_id": member.member_id, "check_in_time": "2026-01-15T22:30:00"}
    ).json()
    assert body["check_in"] == "2026-01-16T01:30:00Z"
    detail = owner.get(f"/api/v1/members/{member.member_id}").json()
    assert detail["last_visit"] == "2026-01-15"


@pytest.mark.parametrize(
    ("minutes", "status"), [(0, 409), (9, 409), (11, 409), (179, 409), (181, 201)]
)
def test_a_second_scan_while_inside_is_the_same_visit(
    owner: ApiClient, member: Member, clock: Clock, minutes: int, status: int
) -> None:
    """Without an exit a visit counts as over after three hours."""
    owner.post(URL, json={"member_id": member.member_id})
    clock.advance(minutes=minutes)
    answer = owner.post(URL, json={"member_id": member.member_id})
    assert answer.status_code == status
    if status == 409:
        assert answer.json()["code"] == "already_checked_in"


@pytest.mark.parametrize(("minutes", "status"), [(6, 409), (20, 201)])
def test_after_leaving_a_new_visit_may_begin_but_not_within_ten_minutes_of_the_first(
    owner: ApiClient, member: Member, clock: Clock, minutes: int, status: int
) -> None:
    made = owner.post(URL, json={"member_id": member.member_id}).json()
    clock.advance(minutes=5)
    assert owner.post(f"{URL}/{made['check_in_id']}/leave", json={}).status_code == 200
    clock.advance(minutes=minutes - 5)
    assert owner.post(URL, json={"member_id": member.member_id}).status_code == status


def test_thirty_two_scans_at_once_are_one_visit(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym
) -> None:
    """Seen to fail with `lock_member_stats` taken out of `enter`: more than one 201."""
    barrier = threading.Barrier(32)

    def scan(_: int) -> int:
        barrier.wait()
        return int(owner.post(URL, json={"member_id": member.member_id}).status_code)

    with ThreadPoolExecutor(32) as pool:
        statuses = sorted(pool.map(scan, range(32)))
    assert statuses == [201] + [409] * 31
    with in_gym(gym.gym_id) as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 1
        assert session.scalar(select(func.sum(VisitHour.visits))) == 1


def test_the_same_key_answers_the_same_visit(owner: ApiClient, member: Member) -> None:
    headers = {"Idempotency-Key": "scan-1"}
    body = {"member_id": member.member_id}
    first = owner.post(URL, json=body, headers=headers)
    again = owner.post(URL, json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()


@pytest.mark.parametrize(
    "moment", ["2099-01-01T00:00:00", "1989-12-31T00:00:00", "0001-01-01T00:00:00", "soon"]
)
def test_impossible_times_are_refused(owner: ApiClient, member: Member, moment: str) -> None:
    answer = owner.post(URL, json={"member_id": member.member_id, "check_in": moment})
    assert answer.status_code == 422


@pytest.mark.parametrize("end", ["from", "to"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_the_ends_of_the_calendar_are_refused_in_the_history(
    owner: ApiClient, end: str, moment: str
) -> None:
    answer = owner.get(URL, params={end: moment})
    assert (answer.status_code, answer.json()["code"]) == (422, "time_refused")


def test_leaving_before_entering_is_refused(owner: ApiClient, member: Member) -> None:
    made = owner.post(URL, json={"member_id": member.member_id}).json()
    early = (NOON - timedelta(hours=1)).isoformat()
    answer = owner.post(f"{URL}/{made['check_in_id']}/leave", json={"check_out": early})
    assert (answer.status_code, answer.json()["code"]) == (422, "time_refused")


def test_anothers_member_and_visit_are_not_found(
    owner: ApiClient, other_gym: Gym, in_gym: InGym, sign_in_as: Callable[..., ApiClient]
) -> None:
    with in_gym(other_gym.gym_id) as session:
        member = create_member(session, gym=other_gym)
    neighbour = sign_in_as(Role.OWNER, gym=other_gym)
    visit = neighbour.post(URL, json={"member_id": member.member_id}).json()
    assert owner.post(URL, json={"member_id": member.member_id}).status_code == 404
    assert owner.post(f"{URL}/{visit['check_in_id']}/leave", json={}).status_code == 404
    assert owner.get(URL).json()["total"] == 0


def test_history_is_newest_first_and_bounded(
    owner: ApiClient, member: Member, clock: Clock
) -> None:
    for _ in range(3):
        owner.post(URL, json={"member_id": member.member_id})
        clock.advance(days=1)
    everything = owner.get(URL, params={"member_id": member.member_id}).json()
    days = [item["check_in"][:10] for item in everything["items"]]
    assert days == ["2026-11-20", "2026-11-19", "2026-11-18"]
    some = owner.get(URL, params={"from": "2026-11-19", "to": "2026-11-20T00:00:00"}).json()
    assert [item["check_in"][:10] for item in some["items"]] == ["2026-11-19"]


def test_the_log_says_who_took_back_which_visit(
    owner: ApiClient, gym: Gym, member: Member, caplog: pytest.LogCaptureFixture
) -> None:
    """The visit itself is gone, so nothing else can."""
    caplog.set_level(logging.INFO)
    made = owner.post(URL, json={"member_id": member.member_id}).json()
    assert owner.delete(f"{URL}/{made['check_in_id']}").status_code == 204
    lines = [json.loads(JsonFormatter().format(record)) for record in caplog.records]
    [line] = [line for line in lines if line["message"] == "visit_taken_back"]
    assert {name: line[name] for name in line.keys() - {"time", "level", "logger", "message"}} == {
        "gym_id": gym.gym_id,
        "user_id": owner.user.user_id,
        "member_id": member.member_id,
        "check_in_id": made["check_in_id"],
        "check_in": NOON.isoformat(),
    }
