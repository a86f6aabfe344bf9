"""The door asks the rules: the desk is warned or refuses, and whoever is let in has a reason."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from core.plans import PlanKind
from db.models import AuditEntry, CheckIn, Gym, Member, MemberStats, Role
from db.session import GymSession
from tests.factories.members import create_membership, create_plan
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

URL = "/api/v1/check-ins"
InGym = Callable[[int], AbstractContextManager[GymSession]]
MORNINGS = [{"weekday": 2, "opens": "06:00", "closes": "11:00"}]


@pytest.fixture
def member(add_member: Callable[..., Member]) -> Member:
    return add_member()


@pytest.fixture
def strict(owner: ApiClient) -> ApiClient:
    """The gym's desk refuses."""
    answer = owner.patch("/api/v1/organizations/me", json={"enforces_access": True})
    assert answer.status_code == 200, answer.text
    return owner


@pytest.fixture
def put_on_plan(owner: ApiClient, gym: Gym, in_gym: InGym) -> Callable[..., int]:
    def put(member: Member, **plan: Any) -> int:
        with in_gym(gym.gym_id) as session:
            made = create_plan(session, gym=gym, name="Gold", **plan)
            create_membership(session, gym=gym, member=member, plan=made)
            return made.plan_id

    return put


def scan(caller: ApiClient, member: Member, **over: Any) -> Any:
    return caller.post(URL, json={"member_id": member.member_id, **over})


def limit(owner: ApiClient, plan_id: int, **access: Any) -> None:
    body = {"hours": [], "location_ids": [], **access}
    answer = owner.put(f"/api/v1/membership-plans/{plan_id}/access", json=body)
    assert answer.status_code == 200, answer.text


def first_location(owner: ApiClient) -> int:
    [location] = owner.get("/api/v1/locations").json()["items"]
    return int(location["location_id"])


def test_a_desk_that_only_warns_records_the_visit_and_says_why_not(
    owner: ApiClient, member: Member, put_on_plan: Callable[..., int]
) -> None:
    limit(owner, put_on_plan(member), hours=MORNINGS)
    answer = scan(owner, member)
    assert answer.status_code == 201, answer.text
    [first, *_] = answer.json()["alerts"]
    assert first == {
        "kind": "outside_plan_hours",
        "text": "Gold does not include this hour, only 06:00–11:00",
        "is_denial": True,
    }


def test_a_desk_that_refuses_records_nothing_and_says_what_to_do(
    strict: ApiClient,
    gym: Gym,
    member: Member,
    put_on_plan: Callable[..., int],
    in_gym: InGym,
) -> None:
    limit(strict, put_on_plan(member), hours=MORNINGS)
    answer = strict.post(
        URL, json={"member_id": member.member_id}, headers={"Idempotency-Key": "scan"}
    )
    assert (answer.status_code, answer.json()["code"]) == (409, "entry_refused")
    assert "override_reason" in answer.json()["detail"]
    assert [error["reason"] for error in answer.json()["errors"]] == ["outside_plan_hours"]
    with in_gym(gym.gym_id) as session:
        assert session.scalar(select(func.count()).select_from(CheckIn)) == 0
        stats = session.get_one(MemberStats, (gym.gym_id, member.member_id))
        assert (stats.visits, stats.last_check_in) == (0, None)


def test_of_whom_no_membership_is_known_nothing_is_demanded(
    strict: ApiClient, member: Member
) -> None:
    assert scan(strict, member, method="qr").status_code == 201


class TestEachRule:
    """One that is refused is let in by the same desk once the rule is met."""

    def test_other_location(
        self, strict: ApiClient, member: Member, put_on_plan: Callable[..., int]
    ) -> None:
        here = first_location(strict)
        there = strict.post("/api/v1/locations", json={"name": "Beach"}).json()["location_id"]
        limit(strict, put_on_plan(member), location_ids=[there])
        assert self.reasons(scan(strict, member, location_id=here)) == ["other_location"]
        answer = scan(strict, member, location_id=there)
        assert (answer.status_code, answer.json()["location_id"]) == (201, there)

    def test_closed_days_and_opening_hours(self, strict: ApiClient, member: Member) -> None:
        location = first_location(strict)
        days = {"starts_on": "2026-11-18", "ends_on": "2026-11-18"}
        closure = strict.post("/api/v1/locations/closures", json=days).json()["closure_id"]
        hours = f"/api/v1/locations/{location}/opening-hours"
        strict.put(hours, json={"opening_hours": MORNINGS})
        assert self.reasons(scan(strict, member)) == ["closed_day", "outside_opening_hours"]
        strict.delete(f"/api/v1/locations/closures/{closure}")
        strict.put(hours, json={"opening_hours": []})
        assert scan(strict, member).status_code == 201

    def test_a_full_location(
        self, strict: ApiClient, add_member: Callable[..., Member], clock: Clock
    ) -> None:
        location = first_location(strict)
        strict.patch(f"/api/v1/locations/{location}", json={"capacity": 1})
        first, second = add_member(), add_member()
        visit = scan(strict, first)
        assert visit.status_code == 201
        clock.advance(minutes=20)
        assert self.reasons(scan(strict, second)) == ["location_full"]
        strict.post(f"{URL}/{visit.json()['check_in_id']}/leave", json={})
        assert scan(strict, second).status_code == 201

    def test_the_last_places_go_to_as_many_as_there_are(
        self, strict: ApiClient, add_member: Callable[..., Member]
    ) -> None:
        strict.patch(f"/api/v1/locations/{first_location(strict)}", json={"capacity": 3})
        members = [add_member() for _ in range(12)]
        with ThreadPoolExecutor(12) as pool:
            answers = list(pool.map(lambda member: scan(strict, member), members))
        statuses = sorted(answer.status_code for answer in answers)
        assert statuses == [201] * 3 + [409] * 9, [answer.text for answer in answers]
        assert {answer.json().get("code") for answer in answers} == {None, "entry_refused"}

    def test_memberships(
        self, strict: ApiClient, gym: Gym, add_member: Callable[..., Member], in_gym: InGym
    ) -> None:
        over, cancelled, later = (add_member() for _ in range(3))
        yesterday = NOON.date() - timedelta(days=1)
        with in_gym(gym.gym_id) as session:
            create_membership(session, gym=gym, member=over, ends_on=yesterday)
            create_membership(
                session,
                gym=gym,
                member=cancelled,
                ends_on=yesterday,
                last_day=yesterday,
                cancelled_on=yesterday,
            )
            create_membership(
                session, gym=gym, member=later, starts_on=NOON.date() + timedelta(days=1)
            )
        found = [self.reasons(scan(strict, member)) for member in (over, cancelled, later)]
        assert found == [["membership_over"], ["cancelled"], ["not_started"]]

    @staticmethod
    def reasons(answer: Any) -> list[str]:
        assert answer.status_code == 409, answer.text
        return [error["reason"] for error in answer.json()["errors"]]


class TestPacks:
    @pytest.fixture
    def pack(self, member: Member, put_on_plan: Callable[..., int]) -> int:
        return put_on_plan(member, kind=PlanKind.PACK, visits=2)

    def test_each_visit_is_taken_from_the_pack_until_it_is_empty(
        self, strict: ApiClient, member: Member, pack: int, clock: Clock
    ) -> None:
        left = []
        for _ in range(2):
            left += [alert["text"] for alert in scan(strict, member).json()["alerts"]]
            clock.advance(days=1)
        assert [text for text in left if "left" in text] == ["1 visit left", "0 visits left"]
        answer = scan(strict, member)
        assert [error["reason"] for error in answer.json()["errors"]] == ["no_visits_left"]

    def test_a_visit_that_is_taken_back_is_in_the_pack_again(
        self, strict: ApiClient, member: Member, pack: int, clock: Clock
    ) -> None:
        for _ in range(2):
            visit = scan(strict, member).json()
            clock.advance(hours=4)
        assert scan(strict, member).status_code == 409
        strict.delete(f"{URL}/{visit['check_in_id']}")
        assert scan(strict, member).status_code == 201

    def test_the_last_visit_is_used_once_by_twenty_doors_at_once(
        self, strict: ApiClient, member: Member, pack: int, clock: Clock
    ) -> None:
        scan(strict, member)
        clock.advance(days=1)
        with ThreadPoolExecutor(20) as pool:
            answers = list(pool.map(lambda _: scan(strict, member).status_code, range(20)))
        assert sorted(answers) == [201] + [409] * 19
        clock.advance(days=1)
        assert scan(strict, member).status_code == 409

    def test_a_visit_written_down_later_is_taken_from_it_too(
        self, strict: ApiClient, member: Member, pack: int
    ) -> None:
        for day in (10, 11):
            assert scan(strict, member, check_in=f"2026-11-{day}T10:00:00").status_code == 201
        assert scan(strict, member).status_code == 409
        assert scan(strict, member, check_in="2026-11-12T10:00:00").status_code == 201, "history"


class TestLettingInAllTheSame:
    @pytest.fixture
    def refused(self, gym: Gym, member: Member, in_gym: InGym) -> Member:
        with in_gym(gym.gym_id) as session:
            create_membership(session, gym=gym, member=member, ends_on=date(2026, 11, 17))
        return member

    def test_who_when_and_why_are_kept_and_shown_in_the_audit_log(
        self,
        strict: ApiClient,
        gym: Gym,
        refused: Member,
        sign_in_as: SignInAs,
        in_gym: InGym,
    ) -> None:
        desk = sign_in_as(Role.RECEPTIONIST, gym=gym)
        answer = scan(desk, refused, override_reason="Pays tomorrow")
        assert answer.status_code == 201, answer.text
        assert answer.json()["override_reason"] == "Pays tomorrow"
        assert answer.json()["alerts"][0]["kind"] == "membership_over"
        with in_gym(gym.gym_id) as session:
            visit = session.scalars(select(CheckIn)).one()
            assert (visit.let_in_by, visit.let_in_because, visit.refused_for) == (
                desk.user.user_id,
                "Pays tomorrow",
                ["membership_over"],
            )
            entry = session.scalars(
                select(AuditEntry).where(AuditEntry.row_table == "attendance")
            ).one()
            assert (entry.user_id, entry.member_id) == (desk.user.user_id, refused.member_id)
            assert entry.changes["let_in_because"] == [None, "Pays tomorrow"]
        [shown] = strict.get(URL).json()["items"]
        assert shown["override_reason"] == "Pays tomorrow"

    def test_a_role_without_the_right_is_refused(
        self, strict: ApiClient, gym: Gym, refused: Member, sign_in_as: SignInAs
    ) -> None:
        answer = scan(sign_in_as(Role.TRAINER, gym=gym), refused, override_reason="A friend")
        assert (answer.status_code, answer.json()["code"]) == (403, "may_not_override")
        assert strict.get(URL).json()["total"] == 0

    def test_a_time_of_today_is_no_way_around_the_rules(
        self, strict: ApiClient, refused: Member
    ) -> None:
        for minutes, status in ((0, 409), (179, 409), (181, 201)):
            moment = (NOON - timedelta(minutes=minutes)).isoformat()
            assert scan(strict, refused, check_in=moment).status_code == status

    def test_a_time_of_today_can_be_let_in_as_well(
        self, strict: ApiClient, refused: Member
    ) -> None:
        moment = (NOON - timedelta(minutes=1)).isoformat()
        answer = scan(strict, refused, check_in=moment, override_reason="Paper list")
        assert answer.json()["override_reason"] == "Paper list"

    def test_nothing_is_kept_where_nothing_spoke_against_it(
        self, strict: ApiClient, member: Member
    ) -> None:
        answer = scan(strict, member, override_reason="Just in case")
        assert (answer.status_code, answer.json()["override_reason"]) == (201, None)


class TestWhere:
    def test_a_gym_with_one_location_need_not_say_it(
        self, owner: ApiClient, member: Member
    ) -> None:
        assert scan(owner, member).json()["location_id"] == first_location(owner)
        earlier = scan(owner, member, check_in="2026-11-01T10:00:00").json()
        assert earlier["location_id"] == first_location(owner)

    def test_with_two_nobody_knows(self, owner: ApiClient, member: Member) -> None:
        owner.post("/api/v1/locations", json={"name": "Beach"})
        assert scan(owner, member).json()["location_id"] is None

    def test_one_that_is_not_the_gyms_is_not_found(self, owner: ApiClient, member: Member) -> None:
        for over in ({}, {"check_in": "2026-11-01T10:00:00"}):
            answer = scan(owner, member, location_id=2**62, **over)
            assert (answer.status_code, answer.json()["code"]) == (404, "location_not_found")
