"""Bulk check-ins from the request to the last row: each visit once, whatever the file is like."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from db.models import CheckIn, Gym, Member
from tests.api.check_ins.bulk.uploads import URL, Bulk, InGym, counts, snapshot, write_csv
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient

AddMembers = Callable[[Gym, int], None]


@pytest.fixture(autouse=True)
def _ten_members(gym: Gym, add_members: AddMembers) -> None:
    add_members(gym, 10)


def test_a_file_becomes_visits(owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym) -> None:
    job = bulk.load(
        owner,
        write_csv(
            [
                ("1", "2026-11-16T08:00:00Z", "2026-11-16T09:00:00Z", "qr"),
                ("2", "2026-11-16T08:01:00Z", "", ""),
                ("1", "2026-11-16T08:05:00Z", "", "qr"),
            ]
        ),
    )
    assert (job["job"], job["state"], job["error"]) == ("check_ins", "done", None)
    assert counts(job) == (3, 2, 1, 0, 0)
    assert job["progress"]["share"] == 1.0
    assert job["result"] == {
        "rows_read": 3, "loaded": 2, "duplicates": 1, "unchanged": 0, "errors": 0,
    }  # fmt: skip
    with in_gym(gym.gym_id) as session:
        visits, stats, hours = snapshot(session, gym.gym_id)
    assert [(row.number, row.check_in.hour, row.method) for row in visits] == [
        ("1", 8, "qr"),
        ("2", 8, "bulk"),
    ]
    assert [row.visits for row in stats if row.visits] == [1, 1]
    assert [(row.hour, row.visits) for row in hours] == [(8, 2)]
    assert bulk.files(gym.gym_id) == []


def test_json_becomes_visits_too(owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
    rows = [
        {"member_id": member.member_id, "check_in": "2026-11-16T08:00:00", "method": "app"},
        {"number": "3", "check_in_time": "2026-11-16T08:00:00+01:00"},
        {"number": "99", "check_in": "2026-11-16T08:00:00"},
    ]
    answer = owner.post(URL, json={"check_ins": rows})
    assert answer.status_code == 202, answer.text
    job = answer.json()
    assert (job["state"], job["progress"]["rows_read"]) == ("pending", 0)
    bulk.work(gym.gym_id, job["job_id"])
    assert counts(owner.get(answer.headers["location"]).json()) == (3, 2, 0, 0, 1)
    with in_gym(gym.gym_id) as session:
        found = session.execute(
            select(Member.number, CheckIn.check_in, CheckIn.method)
            .join(CheckIn, CheckIn.member_id == Member.member_id)
            .where(CheckIn.gym_id == gym.gym_id)
            .order_by(CheckIn.check_in)
        ).all()
    assert [(row.number, row.check_in.hour, row.method) for row in found] == [
        ("3", 7, "bulk"),
        (None, 8, "app"),
    ]


def test_the_same_file_twice_adds_nothing(
    owner: ApiClient, gym: Gym, bulk: Bulk, in_gym: InGym
) -> None:
    content = write_csv(
        (n % 10 + 1, f"2026-10-{n % 28 + 1:02}T10:00:00Z", "", "") for n in range(140)
    )
    assert counts(bulk.load(owner, content)) == (140, 140, 0, 0, 0)
    with in_gym(gym.gym_id) as session:
        before = snapshot(session, gym.gym_id)
    assert counts(bulk.load(owner, content)) == (140, 0, 0, 140, 0)
    with in_gym(gym.gym_id) as session:
        assert snapshot(session, gym.gym_id) == before
