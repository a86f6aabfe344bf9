"""A gym that changes its time zone: every figure counted by days moves with it, and no visit is
lost or counted by the old one."""

import itertools
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.orm import sessionmaker

from api.check_ins import entries
from api.check_ins.schemas import CheckInCreate
from api.organizations import time_zone
from db.models import Gym, Job, Member, Role, VisitHour
from db.queue.catalogue import DS, SCORES, TIME_ZONE, load_handlers
from db.queue.jobs import process_job
from db.session import GymSession
from db.stats.member_stats import refresh_member_stats
from db.stats.time_zone import recount_days
from db.stats.visit_hours import rebuild_visit_hours
from db.types import GymId
from tests.factories.gyms import make_owner_caller
from tests.factories.members import create_member, create_visits
from tests.fixtures.api import NOON, ApiClient, SignInAs

ME = "/api/v1/organizations/me"
CHECK_INS = "/api/v1/check-ins"
TOKYO, SAO_PAULO = "Asia/Tokyo", "America/Sao_Paulo"
LATE = datetime(2026, 11, 16, 23, 30, tzinfo=UTC)
"""In Tokyo it is half past eight of the next morning."""

InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def member(gym: Gym, in_gym: InGym) -> Member:
    """Came twice, once late in the evening."""
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_visits(session, gym=gym, member=member, at=[LATE, LATE - timedelta(days=3, hours=9)])
        return member


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def read_figures(session: GymSession, gym: Gym) -> list[Any]:
    """All that is stored by days, to the last column."""
    return [
        session.execute(text(query), {"gym_id": gym.gym_id}).all()
        for query in (
            "select * from member_stats where gym_id = :gym_id order by customer_id",
            "select day, hour, sum(visits) from visit_hours where gym_id = :gym_id"
            " group by day, hour order by day, hour",
        )
    ]


def assert_counted_in(session: GymSession, gym: Gym, timezone: str) -> None:
    assert session.scalar(select(Gym.timezone).where(Gym.gym_id == gym.gym_id)) == timezone
    found = read_figures(session, gym)
    refresh_member_stats(session, gym.gym_id)
    rebuild_visit_hours(session, gym.gym_id)
    assert found == read_figures(session, gym)


def is_waiting(work: Future[Any]) -> bool:
    try:
        work.exception(timeout=0.3)
    except TimeoutError:
        return True
    return False


def test_days_and_hours_move_with_it(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym
) -> None:
    body = owner.patch(ME, json={"timezone": TOKYO}).json()
    assert (body["timezone"], body["pending_timezone"]) == (TOKYO, None)
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, TOKYO)
        hours = session.execute(
            select(VisitHour.day, VisitHour.hour, VisitHour.visits).order_by(VisitHour.day)
        ).all()
    assert [(f"{day}", hour, visits) for day, hour, visits in hours] == [
        ("2026-11-13", 23, 1),
        ("2026-11-17", 8, 1),
    ]
    assert owner.get(f"/api/v1/members/{member.member_id}").json()["last_visit"] == "2026-11-17"


def test_segments_and_values_are_computed_anew(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym
) -> None:
    for timezone in (TOKYO, TOKYO, SAO_PAULO):
        assert owner.patch(ME, json={"timezone": timezone}).status_code == 200
    with in_gym(gym.gym_id) as session:
        asked = session.scalars(select(Job).where(Job.name == SCORES.name)).all()
        assert [job.arguments for job in asked] == [{"force": True}] * 2, "once for each change"


def test_a_visit_being_recorded_is_waited_for_and_counted_in_the_new_one(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym, threads: ThreadPoolExecutor
) -> None:
    """Seen to fail without `lock_days`, and with `lock_member_stats` not taking its part."""
    with in_gym(gym.gym_id) as session:
        entry = CheckInCreate(member_id=member.member_id, check_in=LATE + timedelta(days=1))
        entries.enter(session, make_owner_caller(session, gym), entry, now=NOON)
        change = threads.submit(owner.patch, ME, json={"timezone": TOKYO})
        assert is_waiting(change)
    assert change.result().json()["timezone"] == TOKYO
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, TOKYO)


def test_who_records_a_visit_meanwhile_waits_and_finds_the_new_one(
    owner: ApiClient, gym: Gym, member: Member, in_gym: InGym, threads: ThreadPoolExecutor
) -> None:
    """Also of a member who was not there yet when the change began."""
    with in_gym(gym.gym_id) as session:
        recount_days(session, gym.gym_id, TOKYO)
        new = owner.post("/api/v1/members", json={"name": "Mia", "join_date": "2026-11-01"}).json()
        at = (LATE + timedelta(days=1)).isoformat()
        visits = [
            threads.submit(owner.post, CHECK_INS, json={"member_id": member_id, "check_in": at})
            for member_id in (new["member_id"], member.member_id)
        ]
        assert all(map(is_waiting, visits))
        session.execute(update(Gym).where(Gym.gym_id == gym.gym_id).values(timezone=TOKYO))
    assert [visit.result().status_code for visit in visits] == [201, 201]
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, TOKYO)


def test_many_visits_and_many_changes_at_once_lose_nothing(
    owner: ApiClient, gym: Gym, in_gym: InGym, threads: ThreadPoolExecutor
) -> None:
    with in_gym(gym.gym_id) as session:
        members = [create_member(session, gym=gym).member_id for _ in range(12)]
    start = threading.Barrier(5)

    def come(members: list[int]) -> list[int]:
        start.wait()
        return [
            owner.post(CHECK_INS, json={"member_id": id_, "check_in": at.isoformat()}).status_code
            for at, id_ in itertools.product([LATE, LATE - timedelta(days=1)], members)
        ]

    def move() -> list[int]:
        start.wait()
        zones = [TOKYO, SAO_PAULO, "UTC", TOKYO, SAO_PAULO]
        return [owner.patch(ME, json={"timezone": zone}).status_code for zone in zones]

    coming = [threads.submit(come, members[n::4]) for n in range(4)]
    moved = threads.submit(move)
    assert moved.result() == [200] * 5
    assert [status for some in coming for status in some.result()] == [201] * 24
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, SAO_PAULO)


def test_a_gym_of_very_many_visits_is_moved_by_a_job_and_says_so(
    owner: ApiClient,
    gym: Gym,
    member: Member,
    in_gym: InGym,
    ops_sessions: sessionmaker[GymSession],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(time_zone, "MAX_VISITS_AT_ONCE", 1)
    body = owner.patch(ME, json={"timezone": TOKYO, "name": "Hillside"}).json()
    asked = (body["name"], body["timezone"], body["pending_timezone"])
    assert asked == ("Hillside", "UTC", TOKYO)
    assert owner.get(ME).json() == body
    refused = owner.patch(ME, json={"timezone": SAO_PAULO, "name": "Riverside"})
    assert (refused.status_code, refused.json()["code"]) == (409, "time_zone_changing")
    assert owner.patch(ME, json={"timezone": TOKYO}).json() == body, "asked twice is asked once"
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, "UTC")
        name = TIME_ZONE.name
        job_id = session.scalars(select(Job.job_id).where(Job.name == name)).one()
    process_job(ops_sessions, load_handlers(DS), GymId(gym.gym_id), job_id, now=NOON)
    after = owner.get(ME).json()
    assert (after["timezone"], after["pending_timezone"]) == (TOKYO, None)
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, TOKYO)


def test_a_change_that_is_refused_leaves_the_days_as_they_were(
    owner: ApiClient, other_gym: Gym, gym: Gym, member: Member, in_gym: InGym
) -> None:
    answer = owner.patch(ME, json={"timezone": TOKYO, "email": other_gym.email})
    assert answer.status_code == 409
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, "UTC")


@pytest.mark.parametrize("zone", ["CET", "WET"])
def test_a_zone_that_the_database_reads_differently_is_refused(
    owner: ApiClient, client: ApiClient, gym: Gym, zone: str
) -> None:
    """To PostgreSQL "CET" is an abbreviation, one hour ahead also in summer."""
    account = {
        "name": "Late Gym",
        "username": f"late-{zone}",
        "email": f"late-{zone}@example.com",
        "password": "quiet-river-at-dawn",
        "timezone": zone,
    }
    for answer in (
        owner.patch(ME, json={"timezone": zone}),
        client.post("/api/v1/auth/register", json=account),
    ):
        assert answer.status_code == 422, answer.text
        assert answer.json()["code"] == "time_zone_refused"
        assert answer.json()["errors"][0]["field"] == "timezone"
        assert f"cannot be {zone}" in answer.json()["detail"]
    assert owner.get(ME).json()["timezone"] == gym.timezone


def test_a_gym_that_has_such_a_zone_can_still_be_edited_and_leave_it(
    make_gym: Callable[..., Gym], sign_in_as: SignInAs
) -> None:
    caller = sign_in_as(Role.OWNER, gym=make_gym(timezone="CET"))
    assert caller.patch(ME, json={"timezone": "CET", "name": "New"}).json()["name"] == "New"
    moved = caller.patch(ME, json={"timezone": "Europe/Madrid"})
    assert moved.json()["timezone"] == "Europe/Madrid"
