"""A visit recorded by mistake is taken back: every figure is as if it had never been."""

import random
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from api.check_ins import entries
from api.check_ins.schemas import CheckInCreate
from db.member_facts import write_freely
from db.models import CheckIn, Gym, JobState, Member, Notification, NotificationState, Role
from db.stats.member_stats import lock_member_stats
from db.stats.time_zone import recount_days
from tests.api.check_ins.bulk.uploads import Bulk, InGym, write_csv
from tests.api.organizations.test_time_zone import (
    TOKYO,
    assert_counted_in,
    is_waiting,
    read_figures,
)
from tests.factories.campaigns import read_campaign, send_mail
from tests.factories.gyms import make_owner_caller
from tests.factories.members import create_member, create_membership, create_visits
from tests.fixtures.api import NOON, ApiClient, Clock

URL = "/api/v1/check-ins"
REPORTS = "/api/v1/attendance-reports"


@pytest.fixture
def make_member(gym: Gym, in_gym: InGym) -> Callable[..., Member]:
    """A member who came at these instants."""

    def make(*at: datetime) -> Member:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            create_visits(session, gym=gym, member=member, at=at)
            return member

    return make


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(30) as pool:
        yield pool


def come(caller: ApiClient, member: Member, at: datetime | None = None) -> int:
    body = {"member_id": member.member_id} | ({"check_in": at.isoformat()} if at else {})
    answer = caller.post(URL, json=body)
    assert answer.status_code == 201, answer.text
    check_in_id: int = answer.json()["check_in_id"]
    return check_in_id


def take_back(caller: ApiClient, check_in_id: int) -> Any:
    return caller.request("DELETE", f"{URL}/{check_in_id}")


def assert_equal_to_a_rebuild(in_gym: InGym, gym: Gym) -> None:
    with in_gym(gym.gym_id) as session:
        assert_counted_in(session, gym, gym.timezone)


def test_who_was_tapped_by_mistake_is_at_risk_again(
    owner: ApiClient, gym: Gym, make_member: Callable[..., Member], in_gym: InGym
) -> None:
    member = make_member(*(NOON - timedelta(days=20 + 3 * n) for n in range(6)))
    make_member(NOON - timedelta(days=1))  # or the gym's figures would end with the last visit
    address = f"/api/v1/members/{member.member_id}"

    def read_answers() -> list[Any]:
        overview = owner.get("/api/v1/analytics/overview").json()
        overview.pop("computed_at")
        return [overview, owner.get(address).json(), owner.get(URL).json()]

    with in_gym(gym.gym_id) as session:
        before = read_figures(session, gym)
    answers = read_answers()
    assert (answers[0]["at_risk"], answers[1]["at_risk"]) == (1, True)
    wrong = come(owner, member)
    assert owner.get("/api/v1/analytics/overview").json()["at_risk"] == 0
    answer = take_back(owner, wrong)
    assert (answer.status_code, answer.content) == (204, b"")
    assert read_answers() == answers
    with in_gym(gym.gym_id) as session:
        assert read_figures(session, gym) == before


def test_a_second_time_it_is_not_found(
    owner: ApiClient, make_member: Callable[..., Member]
) -> None:
    visit = come(owner, make_member())
    assert take_back(owner, visit).status_code == 204
    again = take_back(owner, visit)
    assert (again.status_code, again.json()["code"]) == (404, "check_in_not_found")


def test_the_gym_next_door_cannot(
    owner: ApiClient, other_owner: ApiClient, make_member: Callable[..., Member]
) -> None:
    visit = come(owner, make_member())
    assert take_back(other_owner, visit).status_code == 404
    assert owner.get(URL).json()["total"] == 1


@pytest.mark.parametrize(
    ("role", "today", "earlier"),
    [
        (Role.OWNER, 204, 204),
        (Role.ADMIN, 204, 204),
        (Role.RECEPTIONIST, 204, 403),
        (Role.TRAINER, 204, 403),
        (Role.MEMBER, 403, 403),
    ],
)
def test_the_desk_takes_back_visits_of_the_gyms_today_managers_all(
    make_gym: Callable[..., Gym],
    sign_in_as: Callable[..., ApiClient],
    in_gym: InGym,
    role: Role,
    today: int,
    earlier: int,
) -> None:
    gym = make_gym(timezone="America/Sao_Paulo")  # three hours behind: its day began at 3:00 UTC
    midnight = NOON.replace(hour=3)
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        times = [midnight, midnight - timedelta(seconds=1)]
        visits = create_visits(session, gym=gym, member=member, at=times)
        ids = [visit.check_in_id for visit in visits]
    caller = sign_in_as(role, gym=gym)
    answers = [take_back(caller, check_in_id) for check_in_id in ids]
    assert [answer.status_code for answer in answers] == [today, earlier]
    if (today, earlier) == (204, 403):
        assert answers[1].json()["code"] == "earlier_visit"
    left = sign_in_as(Role.OWNER, gym=gym).get(URL).json()["total"]
    assert left == [today, earlier].count(403)
    assert_equal_to_a_rebuild(in_gym, gym)


def test_the_member_may_be_recorded_again_at_once(
    owner: ApiClient, make_member: Callable[..., Member]
) -> None:
    member = make_member()
    assert take_back(owner, come(owner, member)).status_code == 204
    come(owner, member)


def test_a_repeat_of_its_request_does_not_bring_it_back(
    owner: ApiClient, make_member: Callable[..., Member]
) -> None:
    body, headers = {"member_id": make_member().member_id}, {"Idempotency-Key": "tap-1"}
    first = owner.post(URL, json=body, headers=headers).json()
    take_back(owner, first["check_in_id"])
    assert owner.post(URL, json=body, headers=headers).json() == first
    assert owner.get(URL).json()["total"] == 0


def test_the_same_file_brings_it_back(
    owner: ApiClient, gym: Gym, add_members: Callable[[Gym, int], None], bulk: Bulk, in_gym: InGym
) -> None:
    """Nothing remembers what was taken back: who sends the row again means it."""
    add_members(gym, 1)
    days = [NOON - timedelta(days=1), NOON]
    file = write_csv([("1", f"{day:%Y-%m-%dT%H:%M:%SZ}", "", "") for day in days])
    bulk.load(owner, file)
    take_back(owner, owner.get(URL).json()["items"][0]["check_in_id"])
    assert owner.get(URL).json()["total"] == 1
    progress = bulk.load(owner, file)["progress"]
    assert (progress["loaded"], progress["unchanged"]) == (1, 1)
    assert_equal_to_a_rebuild(in_gym, gym)


def test_it_is_no_longer_an_answer_to_a_mail(
    owner: ApiClient, gym: Gym, make_member: Callable[..., Member], in_gym: InGym
) -> None:
    member = make_member(NOON - timedelta(days=20))
    with in_gym(gym.gym_id) as session:
        create_membership(session, gym=gym, member=member)
    campaign = send_mail(owner, member).json()
    with in_gym(gym.gym_id) as session:
        session.query(Notification).update(
            {"state": NotificationState.SENT, "sent_at": NOON - timedelta(minutes=1)}
        )
    visit = come(owner, member)
    assert read_campaign(owner, campaign)["came_back"] == 1
    take_back(owner, visit)
    shown = read_campaign(owner, campaign)
    assert (shown["came_back"], shown["came_back_value"]) == (0, 0.0)


def test_the_days_report_names_the_right_one_though_they_came_in_the_same_hour(
    owner: ApiClient, make_member: Callable[..., Member], clock: Clock
) -> None:
    """Entries by hour are as before, so nothing else would tell that the report is outdated."""
    wrong, right = make_member(), make_member()
    visit = come(owner, wrong)
    clock.advance(days=1)
    assert owner.post(REPORTS, json={"day": "2026-11-18"}).json()["first_timers"] == 1
    come(owner, right, NOON + timedelta(minutes=1))
    assert take_back(owner, visit).status_code == 204
    report = owner.get(f"{REPORTS}/2026-11-18").json()
    assert [one["member_id"] for one in report["first_timer_members"]] == [right.member_id]
    assert (report["visits"], report["is_outdated"]) == (1, False)


def test_who_came_back_another_day_is_reported_back_on_that_day(
    owner: ApiClient, make_member: Callable[..., Member], clock: Clock
) -> None:
    clock.now = NOON - timedelta(days=3)
    member = make_member(NOON - timedelta(days=40))
    wrong = come(owner, member)
    clock.now = NOON
    come(owner, member)
    days = ("2026-11-15", "2026-11-18")
    made = [owner.post(REPORTS, json={"day": day}).json()["returned"] for day in days]
    assert made == [1, 0]
    take_back(owner, wrong)
    assert [owner.get(f"{REPORTS}/{day}").json()["returned"] for day in days] == [0, 1]


def test_a_day_without_a_report_gets_none(
    owner: ApiClient, make_member: Callable[..., Member]
) -> None:
    take_back(owner, come(owner, make_member()))
    assert owner.get(REPORTS).json()["total"] == 0


@pytest.mark.parametrize("seed", range(2))
def test_after_any_order_of_coming_leaving_and_taking_back_figures_equal_a_rebuild(
    owner: ApiClient,
    gym: Gym,
    make_member: Callable[..., Member],
    in_gym: InGym,
    seed: int,
) -> None:
    chance = random.Random(seed)
    members = [make_member() for _ in range(3)]
    stored: list[int] = []
    for _ in range(25):
        if stored and chance.random() < 0.4:
            answer = take_back(owner, stored.pop(chance.randrange(len(stored))))
            assert answer.status_code == 204
        elif stored and chance.random() < 0.3:
            answer = owner.post(f"{URL}/{chance.choice(stored)}/leave", json={})
            assert answer.status_code in (200, 409, 422)
        else:
            at = NOON - timedelta(days=chance.randrange(4), minutes=30 * chance.randrange(8))
            body = {
                "member_id": chance.choice(members).member_id,
                "check_in": at.isoformat(),
            }
            answer = owner.post(URL, json=body)
            assert answer.status_code in (201, 409)
            if answer.status_code == 201:
                stored.append(answer.json()["check_in_id"])
    assert owner.get(URL).json()["total"] == len(stored)
    assert_equal_to_a_rebuild(in_gym, gym)


class TestAtTheSameTime:
    def test_thirty_take_it_back_and_one_does(
        self,
        owner: ApiClient,
        gym: Gym,
        make_member: Callable[..., Member],
        in_gym: InGym,
        threads: ThreadPoolExecutor,
    ) -> None:
        """Seen to fail without `_hold`: the hour lost the other member's visit as well."""
        make_member(NOON)
        visit = come(owner, make_member())
        start = threading.Barrier(30)

        def press(_: int) -> int:
            start.wait()
            return int(take_back(owner, visit).status_code)

        statuses = list(threads.map(press, range(30)))
        assert statuses.count(204) == 1
        assert set(statuses) <= {204, 404, 503}  # 503: waited too long, on a crowded machine
        assert owner.get(URL).json()["total"] == 1
        assert_equal_to_a_rebuild(in_gym, gym)

    def test_it_waits_for_a_visit_of_the_same_member(
        self,
        owner: ApiClient,
        gym: Gym,
        make_member: Callable[..., Member],
        in_gym: InGym,
        threads: ThreadPoolExecutor,
    ) -> None:
        member = make_member()
        visit = come(owner, member, NOON - timedelta(days=1))
        with in_gym(gym.gym_id) as session:
            entries.enter(
                session,
                make_owner_caller(session, gym),
                CheckInCreate(member_id=member.member_id),
                now=NOON,
            )
            taking = threads.submit(take_back, owner, visit)
            assert is_waiting(taking)
        assert taking.result().status_code == 204
        assert_equal_to_a_rebuild(in_gym, gym)

    def test_who_records_the_hours_next_visit_meanwhile_is_counted(
        self,
        owner: ApiClient,
        gym: Gym,
        make_member: Callable[..., Member],
        in_gym: InGym,
        threads: ThreadPoolExecutor,
    ) -> None:
        """The hour has one visit left and is about to go when another member comes in it."""
        visit, other = come(owner, make_member()), make_member()
        with in_gym(gym.gym_id) as session:
            entries.enter(
                session,
                make_owner_caller(session, gym),
                CheckInCreate(member_id=other.member_id),
                now=NOON,
            )
            taking = threads.submit(take_back, owner, visit)
            wait([taking], timeout=1)  # it may wait: for a row that both count in
        assert taking.result().status_code == 204
        assert_equal_to_a_rebuild(in_gym, gym)

    def test_it_waits_for_a_change_of_the_time_zone_and_finds_the_new_one(
        self,
        receptionist: ApiClient,
        gym: Gym,
        make_member: Callable[..., Member],
        in_gym: InGym,
        threads: ThreadPoolExecutor,
    ) -> None:
        """In UTC the visit was yesterday, and not the desk's to take back; in Tokyo it is today."""
        visit = come(receptionist, make_member(), NOON - timedelta(hours=20))
        with in_gym(gym.gym_id) as session:
            recount_days(session, gym.gym_id, TOKYO)
            taking = threads.submit(take_back, receptionist, visit)
            assert is_waiting(taking)
            session.execute(update(Gym).where(Gym.gym_id == gym.gym_id).values(timezone=TOKYO))
        assert taking.result().status_code == 204
        with in_gym(gym.gym_id) as session:
            assert_counted_in(session, gym, TOKYO)

    def test_leaving_a_visit_that_is_being_taken_back_finds_none(
        self,
        owner: ApiClient,
        gym: Gym,
        make_member: Callable[..., Member],
        in_gym: InGym,
        threads: ThreadPoolExecutor,
    ) -> None:
        member = make_member()
        visit = come(owner, member)
        with in_gym(gym.gym_id) as session:
            lock_member_stats(session, gym.gym_id, [member.member_id])
            leaving = threads.submit(owner.post, f"{URL}/{visit}/leave", json={})
            assert is_waiting(leaving)
            write_freely(session)
            session.execute(delete(CheckIn).where(CheckIn.check_in_id == visit))
        assert leaving.result().status_code == 404

    def test_a_bulk_load_of_the_same_members_under_way_loses_and_doubles_nothing(
        self,
        owner: ApiClient,
        gym: Gym,
        add_members: Callable[[Gym, int], None],
        bulk: Bulk,
        in_gym: InGym,
        threads: ThreadPoolExecutor,
    ) -> None:
        add_members(gym, 8)
        times = [NOON - timedelta(hours=5 * n) for n in range(6)]

        def write(shift: timedelta) -> str:
            return write_csv(
                (n + 1, f"{at + shift:%Y-%m-%dT%H:%M:%SZ}", "", "")
                for at in times
                for n in range(8)
            )

        bulk.load(owner, write(timedelta(minutes=-40)))
        stored = [one["check_in_id"] for one in owner.get(f"{URL}?size=200").json()["items"]]
        assert len(stored) == 48
        job_id = bulk.send(owner, write(timedelta()))
        loading = threads.submit(bulk.work, gym.gym_id, job_id, read=24, store=12)
        with ThreadPoolExecutor(4) as desks:
            taken = list(desks.map(lambda visit: take_back(owner, visit).status_code, stored))
        assert loading.result().state == JobState.DONE
        assert set(taken) <= {204, 503}
        assert owner.get(URL).json()["total"] == 48 + taken.count(503)
        assert_equal_to_a_rebuild(in_gym, gym)
