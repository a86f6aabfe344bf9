"""An audience is a filter under a name: it finds whom the list finds, and campaigns accept it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest

from db.models import Gym, Role
from db.session import GymSession
from tests.factories.members import create_member, create_regular_visits
from tests.fixtures.api import NOON, ApiClient, SignInAs

URL = "/api/v1/audiences"
MEMBERS = "/api/v1/members"
MAIL = {"subject": "We miss you", "body": "Hello {{first_name|there}}, come back to {{gym}}."}
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def people(owner: ApiClient, gym: Gym, in_gym: InGym) -> dict[str, int]:
    """Rita comes, Dan drifts, Nora never came, and Rob refuses mail; Dan and Rob are VIP."""
    with in_gym(gym.gym_id) as session:
        found = {}
        for name, away in (("Rita", 1), ("Dan", 25), ("Nora", None), ("Rob", 26)):
            member = create_member(
                session, gym=gym, name=name,
                email_consent="refused" if name == "Rob" else "given",
            )  # fmt: skip
            found[name] = member.member_id
            if away is not None:
                create_regular_visits(
                    session, gym=gym, member=member, last=NOON - timedelta(days=away),
                    every_days=3, count=20,
                )  # fmt: skip
    for name in ("Dan", "Rob"):
        owner.put(f"{MEMBERS}/{found[name]}/tags", json={"tags": ["VIP"]})
    return found


def found_by(owner: ApiClient, **asked: Any) -> list[str]:
    answer = owner.get(MEMBERS, params=asked)
    assert answer.status_code == 200, answer.text
    return [member["name"] for member in answer.json()["items"]]


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        ({"at_risk": "drifting"}, ["Dan", "Rob"]),
        ({"at_risk": "all"}, ["Dan", "Nora", "Rob"]),
        ({"at_risk": "not_started", "tag": "vip"}, []),
        ({"never_came": "true"}, ["Nora"]),
        ({"tag": "VIP", "last_visit_from": "2026-10-24"}, ["Dan"]),
        ({"last_visit_until": "2026-10-23"}, ["Rob"]),
        ({"search": "r", "tag": "vip", "at_risk": "all"}, ["Rob"]),
        ({"joined_from": "2025-11-19"}, []),
    ],
    ids=str,
)
def test_filters_narrow_together(
    owner: ApiClient, people: dict[str, int], asked: dict[str, str], names: list[str]
) -> None:
    assert found_by(owner, **asked) == names
    assert owner.get(MEMBERS, params=asked).json()["total"] == len(names)


def save(owner: ApiClient, **chosen: Any) -> int:
    answer = owner.post(URL, json={"name": "Slipping", "filter": chosen})
    assert answer.status_code == 201, answer.text
    audience_id: int = answer.json()["audience_id"]
    return audience_id


def test_a_filter_is_read_back_as_it_was_saved(owner: ApiClient) -> None:
    chosen = {"tag": "VIP", "last_visit_from": "2026-10-24", "never_came": False, "birth_month": 5}
    audience_id = save(owner, **chosen)
    kept = owner.get(f"{URL}/{audience_id}").json()
    assert {name: value for name, value in kept["filter"].items() if value is not None} == chosen
    assert kept["owner"] == owner.user.name
    changed = owner.patch(f"{URL}/{audience_id}", json={"filter": {"tag": "crew"}}).json()
    assert changed["filter"]["tag"] == "crew"
    assert changed["filter"]["birth_month"] is None, "a filter takes the place of the whole one"


def test_a_filter_that_no_list_has_is_refused(owner: ApiClient) -> None:
    for chosen in ({"colour": "red"}, {"birth_month": 13}, {"at_risk": "maybe"}):
        assert owner.post(URL, json={"name": "x", "filter": chosen}).status_code == 422
    for chosen, code in (
        ({"plan_id": 9}, "plan_not_found"),
        ({"trainer_id": 9}, "trainer_not_found"),
    ):
        answer = owner.post(URL, json={"name": "x", "filter": chosen})
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_a_campaign_to_an_audience_goes_to_who_is_in_it_and_may_get_mail(
    owner: ApiClient, people: dict[str, int]
) -> None:
    audience_id = save(owner, at_risk="drifting")
    shown = owner.post(
        "/api/v1/campaigns/preview", json={**MAIL, "audience_id": audience_id}
    ).json()
    assert (shown["total"], shown["will_send"]) == (2, 1)
    assert [mail["name"] for mail in shown["previews"]] == ["Dan"]
    assert shown["skipped"]["no_consent"] == 1, "Rob refused"


def test_who_is_in_it_is_decided_when_it_is_asked(owner: ApiClient, people: dict[str, int]) -> None:
    audience_id = save(owner, tag="VIP")
    owner.put(f"{MEMBERS}/{people['Rita']}/tags", json={"tags": ["VIP"]})
    shown = owner.post(
        "/api/v1/campaigns/preview", json={**MAIL, "audience_id": audience_id}
    ).json()
    assert shown["total"] == 3


def test_recipients_are_named_in_one_way(owner: ApiClient, other_owner: ApiClient) -> None:
    audience_id = save(owner)
    both = {**MAIL, "audience_id": audience_id, "member_ids": [1]}
    assert owner.post("/api/v1/campaigns/preview", json=both).status_code == 422
    foreign = other_owner.post(
        "/api/v1/campaigns/preview", json={**MAIL, "audience_id": audience_id}
    )
    assert (foreign.status_code, foreign.json()["code"]) == (404, "audience_not_found")


def test_everybody_sees_audiences_and_the_desk_saves_them(
    owner: ApiClient, sign_in_as: SignInAs
) -> None:
    save(owner)
    trainer = sign_in_as(Role.TRAINER)
    assert trainer.get(URL).json()["total"] == 1
    assert trainer.post(URL, json={"name": "x", "filter": {}}).status_code == 403
    desk = sign_in_as(Role.RECEPTIONIST)
    assert desk.post(URL, json={"name": "x", "filter": {}}).status_code == 201
