"""Adding, finding, editing and reading members over HTTP."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import pytest

from db.models import Gym, Role
from db.session import GymSession
from tests.factories.members import (
    create_member,
    create_membership,
    create_plan,
    create_regular_visits,
)
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


class TestCreate:
    def test_first_and_last_name_become_one_name(self, owner: ApiClient) -> None:
        answer = owner.post(
            URL,
            json={
                "email": "member@example.com",
                "first_name": "John",
                "last_name": "Doe",
                "phone": "+1234567890",
            },
        )
        assert answer.status_code == 201
        body = answer.json()
        assert body["name"] == "John Doe"
        assert body["status"] == "active"
        assert body["status_known"] is False
        assert body["join_date"] == "2026-11-18"
        assert body["email_consent"] == "unknown"
        assert owner.get(f"{URL}/{body['member_id']}").json() == body

    def test_a_plan_starts_a_membership_at_its_price(
        self, owner: ApiClient, gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            plan = create_plan(session, gym=gym, duration_months=3, price="90.00")
        body = owner.post(URL, json={"name": "Ana", "plan_id": plan.plan_id}).json()
        assert body["plan_id"] == plan.plan_id
        assert body["status_known"] is True
        assert body["yearly_value"] == 360.0
        [membership] = body["memberships"]
        assert membership["starts_on"] == "2026-11-18"
        assert membership["ends_on"] == "2027-02-17"

    def test_every_day_of_joining_that_is_taken_can_begin_a_membership(
        self, owner: ApiClient, gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            plan = create_plan(session, gym=gym)
        joined = {"name": "Ana", "plan_id": plan.plan_id, "join_date": "1930-05-01"}
        answer = owner.post(URL, json=joined)
        assert answer.status_code == 201
        assert answer.json()["memberships"][0]["starts_on"] == "1930-05-01"

    def test_a_plan_of_another_gym_is_not_found_and_nothing_is_kept(
        self, owner: ApiClient, other_gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(other_gym.gym_id) as session:
            plan = create_plan(session, gym=other_gym)
        answer = owner.post(URL, json={"name": "Ana", "plan_id": plan.plan_id})
        assert answer.status_code == 404
        assert answer.json()["code"] == "plan_not_found"
        assert owner.get(URL).json()["total"] == 0

    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ({}, "name"),
            ({"name": "   "}, "name"),
            ({"name": "A", "email": "not-an-address"}, "email"),
            ({"name": "A", "gym_id": 1}, "gym_id"),
            ({"name": "A", "join_date": "0260-01-01"}, "join_date"),
            ({"name": "A", "join_date": "2026-11-19"}, "future"),
            ({"name": "A", "birth_date": "2026-11-19"}, "The birth date lies in the future"),
            ({"name": "A", "birth_date": "1899-12-31"}, "birth_date"),
            ({"name": "A\u0000B"}, "not text"),
            ({"name": "x" * 201}, "name"),
        ],
    )
    def test_bad_input_says_what_is_wrong(
        self, owner: ApiClient, body: dict[str, str], words: str
    ) -> None:
        answer = owner.post(URL, json=body)
        assert answer.status_code == 422
        assert answer.headers["content-type"] == "application/problem+json"
        assert words in answer.json()["detail"]

    def test_nobody_is_born_after_the_gyms_own_day(
        self, make_gym: Callable[..., Gym], sign_in_as: SignInAs
    ) -> None:
        owner = sign_in_as(Role.OWNER, gym=make_gym(timezone="Pacific/Auckland"))
        born_today = owner.post(URL, json={"name": "A", "birth_date": "2026-11-19"})
        assert born_today.status_code == 201
        path = f"{URL}/{born_today.json()['member_id']}"
        answer = owner.patch(path, json={"birth_date": "2026-11-20"})
        assert (answer.status_code, answer.json()["code"]) == (422, "birth_date_in_future")
        assert owner.get(path).json()["birth_date"] == "2026-11-19"

    def test_a_number_is_given_once_per_gym(self, owner: ApiClient, sign_in_as: object) -> None:
        assert owner.post(URL, json={"name": "A", "number": "17"}).status_code == 201
        answer = owner.post(URL, json={"name": "B", "number": "17"})
        assert (answer.status_code, answer.json()["code"]) == (409, "number_taken")


class TestList:
    def test_finds_members_by_the_beginnings_of_words(
        self, owner: ApiClient, gym: Gym, other_gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            create_member(
                session, gym=gym, name="Žaneta Nováková", email="zq@example.com", number="A77"
            )
            create_member(session, gym=gym, name="Percent % Sign", phone="+55 11 98765-4321")
            create_member(session, gym=gym, name="Nobody", email="no@example.com")
        with in_gym(other_gym.gym_id) as session:
            create_member(session, gym=other_gym, name="Žaneta Nováková")
        for search, names in {
            "zaneta nov": ["Žaneta Nováková"],
            "NOVÁKOVÁ Z\u030cAN": ["Žaneta Nováková"],
            "zanetanov": ["Žaneta Nováková"],
            "ZQ@": ["Žaneta Nováková"],
            "zq@example.com": ["Žaneta Nováková"],
            "a77": ["Žaneta Nováková"],
            "4321": ["Percent % Sign"],
            "98765-4321": ["Percent % Sign"],
            "+55 (11) 98": ["Percent % Sign"],
            "%": ["Percent % Sign"],
            "per % si": ["Percent % Sign"],
            "_": [],
            "n_body": [],
            "n%body": [],
            "?!": [],
            "aneta": [],
            "zaneta nobody": [],
            "  ": ["Nobody", "Percent % Sign", "Žaneta Nováková"],
        }.items():
            found = owner.get(URL, params={"search": search}).json()
            assert [item["name"] for item in found["items"]] == names, search
            assert found["total"] == len(names)

    def test_pages_hold_every_member_once(self, owner: ApiClient, gym: Gym, in_gym: InGym) -> None:
        with in_gym(gym.gym_id) as session:
            ids = {
                create_member(session, gym=gym, name=f"Same {i % 2}").member_id for i in range(7)
            }
        seen = [
            item["member_id"]
            for page in (1, 2, 3)
            for item in owner.get(URL, params={"page": page, "size": 3}).json()["items"]
        ]
        assert len(seen) == 7
        assert set(seen) == ids

    def test_filters_by_the_status_of_today_not_by_the_cache(
        self, owner: ApiClient, gym: Gym, in_gym: InGym, clock: Clock
    ) -> None:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            create_membership(session, gym=gym, member=member, ends_on=NOON.date())
        assert owner.get(URL, params={"status": "active"}).json()["total"] == 1
        clock.advance(days=1)
        assert owner.get(URL, params={"status": "active"}).json()["total"] == 0
        [item] = owner.get(URL, params={"status": "expired"}).json()["items"]
        assert item["status"] == "expired"

    @pytest.mark.parametrize("bad", ["page=0", "size=0", "size=201", "sort=shoe", "status=x"])
    def test_refuses_what_it_cannot_list(self, owner: ApiClient, bad: str) -> None:
        assert owner.get(f"{URL}?{bad}").status_code == 422

    def test_d_g3_18_an_empty_gym_has_an_empty_list(self, owner: ApiClient) -> None:
        answer = owner.get(URL)
        assert answer.status_code == 200
        assert answer.json() == {"items": [], "total": 0, "page": 1, "size": 25}

    def test_d_g3_18_members_without_contact_details_are_listed(
        self, owner: ApiClient, gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            create_member(session, gym=gym, email=None, phone=None, gender=None)
        [item] = owner.get(URL).json()["items"]
        assert (item["email"], item["phone"]) == (None, None)


class TestRead:
    def test_the_page_of_a_drifting_member_says_why(
        self, owner: ApiClient, gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(gym.gym_id) as session:
            member = create_member(session, gym=gym)
            create_regular_visits(
                session,
                gym=gym,
                member=member,
                last=NOON - timedelta(days=20),
                every_days=3,
                count=20,
            )
            # somebody else still comes, so the gym's as_of is today
            other = create_member(session, gym=gym)
            create_regular_visits(session, gym=gym, member=other, last=NOON, every_days=2, count=3)
        body = owner.get(f"{URL}/{member.member_id}").json()
        assert body["at_risk"] is True
        assert body["tab"] == "drifting"
        assert body["inactive_days"] == 20
        assert body["visits"] == 20
        codes = [reason["code"] for reason in body["reasons"]]
        assert codes[0] == "no_visit"
        assert body["reasons"][0]["numbers"] == {"days": 20, "usual_gap": 3}
        assert "20 days" in body["reasons"][0]["text"]

    def test_anothers_member_is_not_found(
        self, owner: ApiClient, other_gym: Gym, in_gym: InGym
    ) -> None:
        with in_gym(other_gym.gym_id) as session:
            member = create_member(session, gym=other_gym)
        for answer in (
            owner.get(f"{URL}/{member.member_id}"),
            owner.get(f"{URL}/{member.member_id}/messages"),
            owner.patch(f"{URL}/{member.member_id}", json={"name": "Mine now"}),
        ):
            assert answer.status_code == 404
            assert answer.json()["code"] == "member_not_found"

    def test_an_id_beyond_the_database_is_refused_not_a_failure(self, owner: ApiClient) -> None:
        assert owner.get(f"{URL}/{2**63}").status_code == 422


class TestUpdate:
    def test_changes_only_what_is_sent(self, owner: ApiClient) -> None:
        made = owner.post(URL, json={"name": "Ana", "phone": "1", "gender": "other"}).json()
        body = owner.patch(f"{URL}/{made['member_id']}", json={"phone": None}).json()
        assert (body["name"], body["phone"], body["gender"]) == ("Ana", None, "other")

    def test_a_name_cannot_be_cleared(self, owner: ApiClient) -> None:
        made = owner.post(URL, json={"name": "Ana"}).json()
        assert owner.patch(f"{URL}/{made['member_id']}", json={"name": None}).status_code == 422

    def test_consent_is_recorded_with_its_time_and_source(
        self, owner: ApiClient, clock: Clock
    ) -> None:
        made = owner.post(URL, json={"name": "Ana", "email_consent": True}).json()
        assert made["email_consent"] == "given"
        assert made["email_consent_source"] == "recorded by staff"
        clock.advance(hours=1)
        body = owner.patch(f"{URL}/{made['member_id']}", json={"email_consent": False}).json()
        assert body["email_consent"] == "refused"
        assert body["email_consent_at"] != made["email_consent_at"]


class TestAccess:
    def test_anonymous(self, client: ApiClient) -> None:
        assert client.get(URL).status_code == 401
        assert client.post(URL, json={"name": "A"}).status_code == 401

    def test_forbidden_role(self, sign_in_as: Callable[..., ApiClient]) -> None:
        assert sign_in_as(Role.MEMBER).get(URL).status_code == 403
        assert sign_in_as(Role.TRAINER).post(URL, json={"name": "A"}).status_code == 403
        assert sign_in_as(Role.RECEPTIONIST).post(URL, json={"name": "A"}).status_code == 201
