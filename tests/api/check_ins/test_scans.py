"""A scan at the door adds to every figure what counting everything again would find."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, text

from db.models import CheckIn, Gym, Member, MembershipFreeze, MemberStats, Role, VisitHour
from db.session import GymSession
from db.stats.member_changes import changing_members
from db.stats.member_stats import refresh_member_stats
from db.stats.visit_hours import fold_visit_hours, rebuild_visit_hours
from tests.factories.members import create_member, create_membership
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs


@pytest.fixture
def member(add_member: Callable[..., Member]) -> Member:
    return add_member()


InGym = Callable[[int], AbstractContextManager[GymSession]]

URL = "/api/v1/check-ins"
PAUSES = [
    timedelta(minutes=3),
    timedelta(minutes=10),
    timedelta(minutes=11),
    timedelta(hours=2),
    timedelta(hours=3),
    timedelta(hours=20),
    timedelta(days=3),
    timedelta(days=29),
    timedelta(days=181),
    timedelta(days=182),
    timedelta(days=400),
]


def read_figures(session: GymSession, gym: Gym) -> list[Any]:
    return [
        session.execute(text(query), {"gym_id": gym.gym_id}).all()
        for query in (
            "select * from member_stats where gym_id = :gym_id order by customer_id",
            "select day, hour, sum(visits) from visit_hours where gym_id = :gym_id"
            " group by day, hour order by day, hour",
        )
    ]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("timezone", ["Europe/Berlin", "Asia/Kathmandu", "Pacific/Apia"])
def test_what_scans_add_up_to_is_what_counting_again_finds(
    make_gym: Callable[..., Gym],
    sign_in_as: SignInAs,
    in_gym: InGym,
    clock: Clock,
    timezone: str,
    seed: int,
) -> None:
    """Days, gaps, hours and the half year that statistics hold, with leaving and taking back
    between."""
    gym = make_gym(timezone=timezone)
    desk = sign_in_as(Role.OWNER, gym=gym)
    with in_gym(gym.gym_id) as session:
        members = [create_member(session, gym=gym).member_id for _ in range(3)]
    draw = random.Random(seed)
    clock.now = datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    visits: list[int] = []
    for _ in range(40):
        clock.now += draw.choice(PAUSES)
        answer = desk.post(URL, json={"member_id": draw.choice(members)})
        assert answer.status_code in {201, 409}, answer.text
        if answer.status_code == 201:
            visits.append(answer.json()["check_in_id"])
        if visits and draw.random() < 0.3:
            clock.now += timedelta(minutes=draw.randint(0, 40))
            desk.post(f"{URL}/{draw.choice(visits)}/leave", json={})
        if visits and draw.random() < 0.1:
            desk.delete(f"{URL}/{visits.pop(draw.randrange(len(visits)))}")
    with in_gym(gym.gym_id) as session:
        found = read_figures(session, gym)
        refresh_member_stats(session, gym.gym_id)
        rebuild_visit_hours(session, gym.gym_id)
        assert found == read_figures(session, gym)
        assert session.scalar(select(func.sum(MemberStats.visits))) == len(visits)


def test_a_scan_before_a_visit_that_is_known_is_counted_again(
    owner: ApiClient, gym: Gym, member: Member, clock: Clock, in_gym: InGym
) -> None:
    owner.post(URL, json={"member_id": member.member_id})
    clock.now = NOON - timedelta(days=2)
    answer = owner.post(URL, json={"member_id": member.member_id})
    assert answer.status_code == 201, answer.text
    with in_gym(gym.gym_id) as session:
        stats = session.get_one(MemberStats, (gym.gym_id, member.member_id))
        assert (stats.visits, stats.last_check_in) == (2, NOON)
        assert stats.visited_days.startswith("1010")


def test_many_members_at_once_are_all_counted_and_none_waits_for_another(
    owner: ApiClient, gym: Gym, add_member: Callable[..., Member], in_gym: InGym
) -> None:
    members = [add_member().member_id for _ in range(24)]
    with ThreadPoolExecutor(12) as pool:
        bodies = [{"member_id": member_id} for member_id in members]
        statuses = list(pool.map(lambda body: owner.post(URL, json=body).status_code, bodies))
    assert statuses == [201] * 24
    hours = select(func.sum(VisitHour.visits)).where(VisitHour.day == NOON.date())
    with in_gym(gym.gym_id) as session:
        assert session.scalar(hours) == 24
        assert len(session.scalars(select(VisitHour)).all()) > 1, "one row holds up everybody"
        fold_visit_hours(session, gym.gym_id, NOON.date())
        assert len(session.scalars(select(VisitHour)).all()) > 1, "the day is not over"
        fold_visit_hours(session, gym.gym_id, NOON.date() + timedelta(days=1))
        assert len(session.scalars(select(VisitHour)).all()) == 1
        assert session.scalar(hours) == 24


def test_taking_back_the_visits_of_an_hour_leaves_none_of_it(
    owner: ApiClient, gym: Gym, add_member: Callable[..., Member], in_gym: InGym
) -> None:
    members = [add_member().member_id for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        bodies = [{"member_id": member_id} for member_id in members]
        made = list(pool.map(lambda body: owner.post(URL, json=body).json(), bodies))
        undo = [f"{URL}/{visit['check_in_id']}" for visit in made]
        assert set(pool.map(lambda url: owner.delete(url).status_code, undo)) == {204}
    with in_gym(gym.gym_id) as session:
        assert session.scalars(select(VisitHour)).all() == []
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 0


def test_the_desk_is_told_what_there_is_to_say(
    owner: ApiClient, gym: Gym, add_member: Callable[..., Member], clock: Clock, in_gym: InGym
) -> None:
    def scan(member: Member) -> list[str]:
        answer = owner.post(URL, json={"member_id": member.member_id})
        assert answer.status_code == 201, answer.text
        return [alert["text"] for alert in answer.json()["alerts"]]

    born = NOON.date().replace(year=1990)
    newcomer, regular = add_member(birth_date=born), add_member()
    ending, over, frozen, later = (add_member() for _ in range(4))
    days = timedelta(days=1)
    today = NOON.date()
    with in_gym(gym.gym_id) as session:
        for member, starts, ends in (
            (regular, today - 90 * days, today + 90 * days),
            (ending, today - 90 * days, today + 4 * days),
            (over, today - 90 * days, today - 1 * days),
            (frozen, today - 90 * days, today + 90 * days),
            (later, today + 7 * days, today + 90 * days),
        ):
            membership = create_membership(
                session, gym=gym, member=member, starts_on=starts, ends_on=ends
            )
            if member is frozen:
                with changing_members(session, gym, [member.member_id], now=NOON):
                    session.add(
                        MembershipFreeze(
                            gym_id=gym.gym_id,
                            membership_id=membership.membership_id,
                            member_id=member.member_id,
                            starts_on=today,
                            ends_on=today + 9 * days,
                        )
                    )
    first = "First visit ever"
    assert scan(newcomer) == [first, "Birthday today"]
    assert scan(regular) == [first]
    assert scan(ending) == [first, "Membership ends on 22 November 2026"]
    assert scan(over) == ["Membership ended on 17 November 2026", first]
    assert scan(frozen) == ["Membership is frozen", first]
    assert scan(later) == ["Membership starts on 25 November 2026", first]
    clock.now += 19 * days
    assert scan(regular) == ["First visit in 19 days"]
    clock.now += 1 * days
    assert scan(regular) == []


def test_who_is_inside_is_counted_until_they_leave_or_three_hours_are_over(
    owner: ApiClient, add_member: Callable[..., Member], clock: Clock
) -> None:
    def inside() -> list[int]:
        body = owner.get(URL, params={"inside": True, "size": 1}).json()
        assert body["total"] >= len(body["items"])
        return [body["total"], *(visit["member_id"] for visit in body["items"])]

    ana, ben = add_member().member_id, add_member().member_id
    assert inside() == [0]
    first = owner.post(URL, json={"member_id": ana}).json()
    clock.now += timedelta(hours=1)
    owner.post(URL, json={"member_id": ben})
    assert inside() == [2, ben]
    owner.post(f"{URL}/{first['check_in_id']}/leave", json={})
    clock.now += timedelta(minutes=1)
    assert inside() == [1, ben]
    clock.now += timedelta(hours=3)
    assert inside() == [0]
