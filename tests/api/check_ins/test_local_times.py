"""A time without offset means the same instant and day, whichever way it comes in."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import select

from db.models import CheckIn, Gym, Member, Role, VisitHour
from tests.api.check_ins.bulk.uploads import URL, Bulk, InGym, counts, write_csv
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient, Clock, SignInAs

TypeIn = Callable[[ApiClient, Member, str], Any]

TIMES = {
    "an hour that comes twice": ("Europe/Berlin", "2027-10-31T02:30:00", "2027-10-31T00:30:00"),
    "the hour after it": ("Europe/Berlin", "2027-10-31T03:00:00", "2027-10-31T02:00:00"),
    "an hour that is skipped": ("Europe/Berlin", "2027-03-28T02:30:00", "2027-03-28T01:30:00"),
    "half an hour that comes twice": (
        "Australia/Lord_Howe", "2027-04-04T01:45:00", "2027-04-03T14:45:00",
    ),
    "a rule of this year": ("America/Vancouver", "2026-11-28T23:30:00", "2026-11-29T06:30:00"),
    "a minute before midnight": ("Asia/Kathmandu", "2027-05-01T23:59:00", "2027-05-01T18:14:00"),
}  # fmt: skip


@pytest.fixture
def ways(bulk: Bulk, clock: Clock) -> dict[str, TypeIn]:
    bulk.now = clock.now = datetime(2028, 1, 1, tzinfo=UTC)

    def type_in(caller: ApiClient, member: Member, at: str) -> None:
        body = {"member_id": member.member_id, "check_in": at}
        answer = caller.post("/api/v1/check-ins", json=body)
        assert answer.status_code == 201, answer.text

    def send_in_bulk(caller: ApiClient, member: Member, at: str) -> None:
        assert counts(bulk.load(caller, write_csv([(member.number, at, "", "")])))[1] == 1

    def send_rows(caller: ApiClient, member: Member, at: str) -> None:
        row = {"number": member.number, "check_in": at}
        answer = caller.post(URL, json={"check_ins": [row]})
        bulk.work(caller.gym_id, answer.json()["job_id"])

    def bring_in_a_file(caller: ApiClient, member: Member, at: str) -> None:
        answer = caller.post(
            "/api/v1/imports",
            data={"kind": "visits"},
            files={"file": ("door.csv", f"member,entered_at\n{member.number},{at}\n")},
        )
        assert answer.json()["loaded"] == 1, answer.text

    return {
        "typed": type_in, "bulk": send_in_bulk, "rows": send_rows, "file": bring_in_a_file,
    }  # fmt: skip


@pytest.mark.parametrize("way", ["typed", "bulk", "rows", "file"])
@pytest.mark.parametrize("case", TIMES)
def test_a_local_time_is_one_instant_and_its_own_day(
    make_gym: Callable[..., Gym], sign_in_as: SignInAs, in_gym: InGym,
    ways: dict[str, TypeIn], case: str, way: str,
) -> None:  # fmt: skip
    zone, at, instant = TIMES[case]
    gym = make_gym(timezone=zone)
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, number="1")
    ways[way](sign_in_as(Role.OWNER, gym=gym), member, at)
    with in_gym(gym.gym_id) as session:
        stored = session.scalars(select(CheckIn.check_in).where(CheckIn.in_gym(gym.gym_id))).one()
        day = session.scalars(select(VisitHour.day).where(VisitHour.in_gym(gym.gym_id))).one()
    assert stored.astimezone(UTC) == datetime.fromisoformat(instant).replace(tzinfo=UTC)
    assert day == date.fromisoformat(at[:10])
