"""Cards and other numbers: each means one person at a time, and an old one opens nothing."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.fixtures.api import ApiClient

URL = "/api/v1/members"


def add(owner: ApiClient, name: str = "Ana", **fields: Any) -> int:
    made = owner.post(URL, json={"name": name, **fields})
    assert made.status_code == 201, made.text
    member_id: int = made.json()["member_id"]
    return member_id


def give(owner: ApiClient, member_id: int, value: str, kind: str = "card") -> Any:
    return owner.post(f"{URL}/{member_id}/numbers", json={"kind": kind, "value": value})


def look_up(caller: ApiClient, number: str) -> Any:
    return caller.post(f"{URL}/lookup", json={"number": number})


def test_each_of_a_members_numbers_finds_them(owner: ApiClient) -> None:
    ana, _bo = add(owner, number="7"), add(owner, "Bo", number="8")
    assert give(owner, ana, "Card 88211").status_code == 201
    assert give(owner, ana, "5601234", "barcode").status_code == 201
    for number in ("7", "card 88211", "5601234"):
        assert look_up(owner, number).json()["member_id"] == ana, number
    for typed in ("88211", "5601"):
        assert owner.get(URL, params={"search": typed}).json()["total"] == 1, typed
    owner.patch(f"{URL}/{ana}", json={"name": "Ana Maria"})
    assert owner.get(URL, params={"search": "88211"}).json()["total"] == 1, "renaming keeps it"


def test_a_card_that_ended_opens_nothing_and_still_finds_its_member(owner: ApiClient) -> None:
    ana = add(owner)
    number_id = give(owner, ana, "88211").json()["number_id"]
    for _ in range(2):
        ended = owner.post(f"{URL}/{ana}/numbers/{number_id}/end")
        assert (ended.status_code, ended.json()["ended_on"]) == (200, "2026-11-18")
    refused = look_up(owner, "88211")
    assert (refused.status_code, refused.json()["code"]) == (409, "number_ended")
    assert owner.get(URL, params={"search": "88211"}).json()["items"][0]["member_id"] == ana
    bo = add(owner, "Bo")
    assert give(owner, bo, "88211").status_code == 201, "the card is given on"
    assert look_up(owner, "88211").json()["member_id"] == bo


def test_a_number_means_one_person_of_the_gym(owner: ApiClient, other_owner: ApiClient) -> None:
    ana, bo = add(owner, number="7"), add(owner, "Bo")
    give(owner, ana, "Çard")
    for value in ("card", "ÇARD", "7"):
        refused = give(owner, bo, value)
        assert (refused.status_code, refused.json()["code"]) == (409, "value_taken"), value
    for refused in (
        owner.patch(f"{URL}/{bo}", json={"number": "card"}),
        owner.post(URL, json={"name": "Cy", "number": "card"}),
    ):
        assert (refused.status_code, refused.json()["code"]) == (409, "number_taken")
    other = add(other_owner)
    assert give(other_owner, other, "card").status_code == 201
    assert look_up(other_owner, "7").status_code == 404
    assert give(other_owner, ana, "9").status_code == 404


def test_a_card_given_to_many_at_once_is_one_persons(owner: ApiClient) -> None:
    ids = [add(owner, f"M{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda one: give(owner, one, "88211").status_code, ids)
    assert sorted(answers) == [201, 409, 409, 409]


def test_a_member_number_of_before_is_kept(owner: ApiClient) -> None:
    ana = add(owner, number="7")
    owner.patch(f"{URL}/{ana}", json={"number": "70"})
    [old] = owner.get(f"{URL}/{ana}/numbers").json()["items"]
    assert (old["kind"], old["value"], old["ended_on"]) == ("member_number", "7", "2026-11-18")
    assert look_up(owner, "7").json()["code"] == "number_ended"
    assert look_up(owner, "70").json()["member_id"] == ana
    owner.patch(f"{URL}/{ana}", json={"number": "70"})
    assert owner.get(f"{URL}/{ana}/numbers").json()["total"] == 1


@pytest.mark.parametrize("standing", ["staff", "archived"])
def test_a_card_opens_for_staff_and_not_for_who_is_archived(
    standing: str, owner: ApiClient
) -> None:
    ana = add(owner)
    give(owner, ana, "88211")
    owner.patch(f"{URL}/{ana}", json={"standing": standing})
    answers = (
        look_up(owner, "88211").status_code,
        owner.post("/api/v1/check-ins", json={"member_id": ana}).status_code,
    )
    assert answers == ((200, 201) if standing == "staff" else (404, 404))


def test_an_unknown_number_is_said_to_be_unknown(owner: ApiClient) -> None:
    assert look_up(owner, "nobody's").json()["code"] == "number_unknown"
