"""A member is in one household at most, one of its people pays, and that is never nobody."""

import io
import json
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest

from db.member_facts import write_freely
from db.models import Gym, Member, Payment, Role
from db.session import GymSession
from tests.factories.members import create_member, create_membership, create_transaction
from tests.fixtures.api import NOON, ApiClient, SignInAs

URL, MEMBERS, MERGES = "/api/v1/households", "/api/v1/members", "/api/v1/member-merges"
InGym = Callable[[int], AbstractContextManager[GymSession]]


class Family:
    """Ana pays for Rui and Bia; Noa is in no household."""

    def __init__(self, owner: ApiClient) -> None:
        self.owner = owner
        self.ana, self.rui, self.bia, self.noa = (
            owner.post(MEMBERS, json={"name": name}).json()["member_id"]
            for name in ("Ana Silva", "Rui Silva", "Bia Silva", "Noa Reis")
        )
        made = owner.post(URL, json={"payer_id": self.ana, "member_ids": [self.rui, self.bia]})
        assert made.status_code == 201, made.text
        self.url = f"{URL}/{made.json()['household_id']}"

    def people(self) -> list[tuple[str, bool]]:
        found = self.owner.get(self.url).json()["people"]
        return [(person["name"].split()[0], person["is_payer"]) for person in found]

    def pay(self, member_id: int) -> Any:
        return self.owner.put(f"{self.url}/payer", json={"member_id": member_id})

    def of(self, member_id: int) -> Any:
        return self.owner.get(URL, params={"member_id": member_id}).json()["items"]


@pytest.fixture
def family(owner: ApiClient) -> Family:
    return Family(owner)


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_people_come_and_go_and_another_pays(family: Family) -> None:
    assert family.people() == [("Ana", True), ("Bia", False), ("Rui", False)]
    added = family.owner.post(f"{family.url}/members", json={"member_id": family.noa})
    assert added.status_code == 201
    assert family.owner.delete(f"{family.url}/members/{family.bia}").status_code == 204
    assert family.pay(family.noa).status_code == 200
    assert family.people() == [("Noa", True), ("Ana", False), ("Rui", False)]
    assert family.of(family.bia) == []
    assert family.of(family.rui)[0]["payer_id"] == family.noa


def test_nobody_is_in_two_households(family: Family) -> None:
    twice = family.owner.post(URL, json={"payer_id": family.noa, "member_ids": [family.rui]})
    assert code(twice) == (409, "in_household")
    assert family.of(family.noa) == []
    again = family.owner.post(f"{family.url}/members", json={"member_id": family.rui})
    assert code(again) == (409, "in_household")


def test_two_desks_at_once_put_a_member_into_one_household_only(family: Family) -> None:
    others = [
        family.owner.post(MEMBERS, json={"name": f"Payer {n}"}).json()["member_id"]
        for n in range(4)
    ]

    def join(payer: int) -> int:
        body = {"payer_id": payer, "member_ids": [family.noa]}
        return family.owner.post(URL, json=body).status_code

    with ThreadPoolExecutor(4) as desks:
        assert sorted(desks.map(join, others)) == [201, 409, 409, 409]
    assert len(family.of(family.noa)) == 1


def test_at_once_everybody_wants_to_pay_and_one_does(family: Family) -> None:
    def pay(member_id: int) -> int:
        return family.pay(member_id).status_code

    with ThreadPoolExecutor(3) as desks:
        assert set(desks.map(pay, [family.ana, family.rui, family.bia] * 2)) == {200}
    assert sum(pays for _, pays in family.people()) == 1


def test_who_pays_stays_until_another_does(family: Family) -> None:
    path = f"{MEMBERS}/{family.ana}"
    assert code(family.owner.delete(f"{family.url}/members/{family.ana}")) == (409, "payer_stays")
    assert code(family.owner.delete(path)) == (409, "pays_for_household")
    erased = family.owner.post(f"{path}/erase", json={"name": "Ana Silva"})
    assert code(erased) == (409, "pays_for_household")
    family.pay(family.rui)
    assert family.owner.delete(path).status_code == 204
    assert len(family.people()) == 3
    assert code(family.pay(family.ana)) == (
        409,
        "no_longer_kept",
    )


def test_who_is_erased_is_in_no_household(family: Family) -> None:
    erased = family.owner.post(f"{MEMBERS}/{family.rui}/erase", json={"name": "Rui Silva"})
    assert erased.status_code == 204
    assert family.people() == [("Ana", True), ("Bia", False)]


def test_dissolved_its_people_stay_and_may_join_others(family: Family) -> None:
    assert family.owner.delete(family.url).status_code == 204
    assert family.owner.get(family.url).status_code == 404
    assert family.owner.get(MEMBERS).json()["total"] == 4
    body = {"payer_id": family.rui, "member_ids": [family.ana]}
    assert family.owner.post(URL, json=body).status_code == 201


def test_who_is_not_in_it_cannot_pay_or_leave(family: Family) -> None:
    assert code(family.pay(family.noa)) == (
        404,
        "not_in_household",
    )
    gone = family.owner.delete(f"{family.url}/members/{family.noa}")
    assert code(gone) == (404, "not_in_household")


def test_a_household_has_an_end(family: Family, gym: Gym, in_gym: InGym) -> None:
    with in_gym(gym.gym_id) as session:
        ids = [create_member(session, gym=gym).member_id for _ in range(18)]
    answers = [family.owner.post(f"{family.url}/members", json={"member_id": i}) for i in ids]
    assert [answer.status_code for answer in answers[:17]] == [201] * 17
    assert code(answers[17]) == (422, "household_full")


def test_who_pays_is_found_among_the_members(family: Family) -> None:
    asked = {"pays_for_household": "true"}
    found = family.owner.get(MEMBERS, params=asked).json()["items"]
    assert [member["member_id"] for member in found] == [family.ana]
    assert family.owner.get(MEMBERS, params={"pays_for_household": "false"}).json()["total"] == 3


def test_a_merge_gives_the_household_on_and_undoing_gives_it_back(family: Family) -> None:
    merged = family.owner.post(MERGES, json={"member_id": family.ana, "into_id": family.noa})
    assert merged.status_code == 201
    assert family.people()[0] == ("Noa", True)
    family.owner.post(f"{MERGES}/{merged.json()['merge_id']}/undo")
    assert family.people() == [("Ana", True), ("Bia", False), ("Rui", False)]


def test_two_records_in_households_are_not_merged(family: Family) -> None:
    merged = family.owner.post(MERGES, json={"member_id": family.rui, "into_id": family.ana})
    assert code(merged) == (409, "both_in_households")
    assert len(family.people()) == 3


def test_what_is_paid_is_said_with_whom_it_is_for(
    family: Family, owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        ana, rui = (session.get_one(Member, key) for key in (family.ana, family.rui))
        for person, amount in ((ana, 5_000), (rui, 3_000)):
            membership = create_membership(session, gym=gym, member=person)
            payment = Payment(
                gym_id=gym.gym_id, member_id=family.ana, state="paid", currency=gym.currency,
                membership_id=membership.membership_id, amount=amount, due_on=NOON.date(),
            )  # fmt: skip
            session.add(payment)
            session.flush()
            for sum_ in (amount, -500):
                create_transaction(
                    session, gym=gym, member=ana, at=NOON, amount=sum_,
                    payment_id=payment.payment_id,
                    kind="payment" if sum_ > 0 else "refund",
                )  # fmt: skip
    people = owner.get(family.url).json()["people"]
    assert {person["name"]: person["paid"] for person in people} == {
        "Ana Silva": 45,
        "Rui Silva": 25,
        "Bia Silva": 0,
    }
    payments = owner.get(f"{MEMBERS}/{family.ana}/payments").json()["items"]
    assert [(one["amount"], one["for_name"]) for one in payments] == [
        (30, "Rui Silva"),
        (50, None),
    ]
    assert payments[0]["for_member_id"] == family.rui


def test_it_stands_in_the_log_and_in_what_is_kept_of_a_person(family: Family) -> None:
    log = family.owner.get("/api/v1/audit-log", params={"member_id": family.rui}).json()["items"]
    assert ("household_member", "created") in {(one["noun"], one["action"]) for one in log}
    packed = family.owner.get(f"{MEMBERS}/{family.rui}/export").content
    rows = json.loads(zipfile.ZipFile(io.BytesIO(packed)).read("household_member.json"))
    assert [(row["member_id"], row["is_payer"]) for row in rows] == [(family.rui, False)]


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.RECEPTIONIST, 200, 201), (Role.TRAINER, 403, 403), (Role.MEMBER, 403, 403)],
)
def test_who_keeps_households(
    family: Family, sign_in_as: SignInAs, role: Role, reads: int, writes: int
) -> None:
    caller = sign_in_as(role)
    assert caller.get(URL).status_code == reads
    assert caller.post(URL, json={"payer_id": family.noa}).status_code == writes
