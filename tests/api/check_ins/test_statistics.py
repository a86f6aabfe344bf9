"""Visits in figures: each number is what counting the list of visits by hand finds."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from core.plans import PlanKind
from db.member_facts import write_freely
from db.models import Gym, Member, Role, Standing
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_plan, create_visits
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

URL = "/api/v1/check-ins/statistics"
OCCUPANCY = "/api/v1/check-ins/occupancy"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def read(caller: ApiClient, **query: Any) -> Any:
    answer = caller.get(URL, params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


def history(caller: ApiClient, member: Member) -> Any:
    return caller.get(f"/api/v1/members/{member.member_id}/visit-history").json()


@pytest.mark.parametrize("timezone", ["Pacific/Apia", "America/Los_Angeles", "Asia/Kathmandu"])
def test_d_ff_27_hours_weekdays_and_days_are_those_of_the_gyms_clock(
    make_gym: Callable[..., Gym], sign_in_as: SignInAs, in_gym: InGym, timezone: str
) -> None:
    """Across the day on which Los Angeles sets its clock back, 1 November 2026."""
    gym = make_gym(timezone=timezone)
    owner = sign_in_as(Role.OWNER, gym=gym)
    first, last = date(2026, 10, 31), date(2026, 11, 2)
    instants = [
        datetime(2026, 10, 30, 1, 30, tzinfo=UTC) + n * timedelta(hours=5) for n in range(24)
    ]
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        create_visits(session, gym=gym, member=member, at=instants)
    zone = ZoneInfo(timezone)
    local = [one.astimezone(zone) for one in instants]
    inside = [one for one in local if first <= one.date() <= last]
    assert 0 < len(inside) < len(local)
    found = read(owner, **{"from": str(first), "to": str(last)})
    hours, weekdays = Counter(one.hour for one in inside), Counter(one.weekday() for one in inside)
    assert found["by_hour"] == [hours[hour] for hour in range(24)]
    assert found["by_weekday"] == [weekdays[weekday] for weekday in range(7)]
    assert (found["visits"], found["members"]) == (len(inside), 1)
    listed = owner.get("/api/v1/check-ins", params={"from": str(first), "to": "2026-11-03"})
    assert listed.json()["total"] == found["visits"]


def test_d_ff_27_two_gyms_count_the_same_instants_by_their_own_days(
    make_gym: Callable[..., Gym], sign_in_as: SignInAs, in_gym: InGym, clock: Clock
) -> None:
    """Sunday evening in Los Angeles is Monday in Apia: another day and another week."""
    sunday_evening = datetime(2026, 11, 16, 4, 0, tzinfo=UTC)
    tuesday = datetime(2026, 11, 17, 20, 0, tzinfo=UTC)
    clock.now = tuesday + timedelta(minutes=1)
    found = {}
    for timezone in ("Pacific/Apia", "America/Los_Angeles"):
        gym = make_gym(timezone=timezone)
        owner = sign_in_as(Role.OWNER, gym=gym)
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            create_visits(session, gym=gym, member=member, at=[sunday_evening, tuesday])
        known = history(owner, member)
        found[timezone] = (known["first_visit"], known["last_visit"], known["current_weeks"])
    assert found == {
        "Pacific/Apia": ("2026-11-16", "2026-11-18", 1),
        "America/Los_Angeles": ("2026-11-15", "2026-11-17", 2),
    }


def test_a_visit_is_of_the_plan_that_was_held_on_its_day(
    owner: ApiClient, gym: Gym, in_gym: InGym, add_member: Callable[..., Member]
) -> None:
    ana, ben, guest = add_member(), add_member(), add_member()
    with in_gym(gym.gym_id) as session:
        old, new = (create_plan(session, gym=gym, name=name) for name in ("Old", "New"))
        create_membership(session, gym=gym, member=ana, plan=old, ends_on=date(2026, 11, 9))
        create_membership(session, gym=gym, member=ana, plan=new, starts_on=date(2026, 11, 10))
        for member, days in ((ana, (8, 9, 10)), (ben, (10,)), (guest, (10,))):
            at = [datetime(2026, 11, day, 10, tzinfo=UTC) for day in days]
            create_visits(session, gym=gym, member=member, at=at)
        write_freely(session)
        session.merge(guest).standing = Standing.GUEST
    found = read(owner)
    assert (found["visits"], found["members"]) == (4, 2), "no guest of the door log"
    plans = {row["name"]: (row["visits"], row["members"]) for row in found["by_plan"]}
    assert plans == {"Old": (2, 1), "New": (1, 1), None: (1, 1)}
    assert read(owner, plan_id=old.plan_id)["by_weekday"] == [1, 0, 0, 0, 0, 0, 1]


def test_a_visit_taken_from_a_pack_is_of_the_pack(
    owner: ApiClient, gym: Gym, in_gym: InGym, add_member: Callable[..., Member]
) -> None:
    member = add_member()
    with in_gym(gym.gym_id) as session:
        plan = create_plan(session, gym=gym, name="Ten", kind=PlanKind.PACK, visits=10)
        create_membership(session, gym=gym, member=member, plan=plan, may_overlap=True)
    owner.post("/api/v1/check-ins", json={"member_id": member.member_id})
    assert [row["name"] for row in read(owner)["by_plan"]] == ["Ten"]


def test_visits_are_counted_by_location(
    owner: ApiClient, add_member: Callable[..., Member], clock: Clock
) -> None:
    first, *_ = owner.get("/api/v1/locations").json()["items"]
    beach = owner.post("/api/v1/locations", json={"name": "Beach"}).json()["location_id"]
    for location in (beach, beach, first["location_id"], None):
        body = {"member_id": add_member().member_id}
        body |= {} if location is None else {"location_id": location}
        assert owner.post("/api/v1/check-ins", json=body).status_code == 201
    found = read(owner)
    counted = {row["location_id"]: row["visits"] for row in found["by_location"]}
    assert counted == {beach: 2, first["location_id"]: 1, None: 1}
    assert read(owner, location_id=beach)["visits"] == 2
    clock.advance(hours=1)
    occupancy = owner.get(OCCUPANCY).json()
    inside = {row["location_id"]: row["inside"] for row in occupancy["locations"]}
    assert (occupancy["inside"], inside) == (4, {beach: 2, first["location_id"]: 1})


def test_who_did_not_leave_is_out_after_three_hours_and_no_exit_is_made_up(
    owner: ApiClient, add_member: Callable[..., Member], clock: Clock
) -> None:
    visit = owner.post("/api/v1/check-ins", json={"member_id": add_member().member_id}).json()
    for minutes, inside in ((179, 1), (2, 0)):
        clock.advance(minutes=minutes)
        assert owner.get(OCCUPANCY).json()["inside"] == inside
    [listed] = owner.get("/api/v1/check-ins").json()["items"]
    assert (listed["check_in_id"], listed["check_out"]) == (visit["check_in_id"], None)


def test_without_days_it_is_of_the_thirty_up_to_today(owner: ApiClient) -> None:
    found = read(owner)
    assert (found["first_day"], found["last_day"]) == ("2026-10-20", "2026-11-18")
    assert (found["visits"], found["by_hour"], found["by_plan"]) == (0, [0] * 24, [])


@pytest.mark.parametrize(
    ("first", "last", "status"),
    [
        ("2026-11-02", "2026-11-01", 422),
        ("2025-11-01", "2026-11-01", 200),
        ("2025-10-31", "2026-11-01", 422),
        ("2026-11-01", "2026-11-01", 200),
        ("soon", "2026-11-01", 422),
    ],
)
def test_a_period_has_an_order_and_an_end(
    owner: ApiClient, first: str, last: str, status: int
) -> None:
    assert owner.get(URL, params={"from": first, "to": last}).status_code == status


class TestHistory:
    def test_weeks_in_a_row_and_visits_by_month(
        self, owner: ApiClient, gym: Gym, in_gym: InGym, add_member: Callable[..., Member]
    ) -> None:
        member = add_member()
        weeks = (0, 1, 3, 4, 5)
        with in_gym(gym.gym_id) as session:
            at = [NOON - timedelta(hours=3, weeks=back) for back in weeks]
            create_visits(session, gym=gym, member=member, at=at)
        found = history(owner, member)
        assert (found["visits"], found["current_weeks"], found["longest_weeks"]) == (5, 2, 3)
        assert [month["month"] for month in found["by_month"]][-2:] == ["2026-10-01", "2026-11-01"]
        assert [month["visits"] for month in found["by_month"]][-2:] == [3, 2]
        assert len(found["by_month"]) == 12
        days = {"starts_on": "2026-11-04", "ends_on": "2026-11-05"}
        owner.post("/api/v1/locations/closures", json=days)
        assert history(owner, member)["current_weeks"] == 5, "closed days break nothing"

    def test_of_whom_never_came_all_is_empty(
        self, owner: ApiClient, add_member: Callable[..., Member]
    ) -> None:
        found = history(owner, add_member())
        assert (found["visits"], found["first_visit"], found["longest_weeks"]) == (0, None, 0)

    def test_another_gyms_member_is_not_found(
        self, owner: ApiClient, other_gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(other_gym.gym_id) as session:
            stranger = create_member(session, gym=other_gym)
        path = f"/api/v1/members/{stranger.member_id}/visit-history"
        assert owner.get(path).status_code == 404
