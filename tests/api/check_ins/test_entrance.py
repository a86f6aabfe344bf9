"""The route that asks the database once keeps every promise of those that ask it step by step."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import func, select

from db.models import CheckIn, Gym, IdempotencyKey, Member, Role, User
from db.session import GymSession
from tests.fixtures.api import ApiClient, Clock, SignInAs

URL = "/api/v1/check-ins"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def count(in_gym: InGym, gym: Gym, model: type[Any] = CheckIn) -> int:
    with in_gym(gym.gym_id) as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_repeat_gets_the_first_response_in_its_language_and_no_second_visit(
    receptionist: ApiClient, add_member: Callable[..., Member], gym: Gym, in_gym: InGym
) -> None:
    def enter(language: str) -> Any:
        headers = {"Idempotency-Key": "door-1", "Accept-Language": language}
        return receptionist.post(URL, json={"member_id": member.member_id}, headers=headers)

    member = add_member()
    first, again = enter("pt-BR"), enter("en")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json()["alerts"], "without a sentence no language shows"
    assert again.content == first.content
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert [one.headers["content-language"] for one in (first, again)] == ["pt-BR"] * 2
    assert count(in_gym, gym) == 1


def test_16_at_once_with_one_key_are_one_visit_and_one_response(
    receptionist: ApiClient, add_member: Callable[..., Member], gym: Gym, in_gym: InGym
) -> None:
    body = {"member_id": add_member().member_id}
    headers = {"Idempotency-Key": "at once"}
    with ThreadPoolExecutor(16) as pool:
        answers = list(
            pool.map(lambda _: receptionist.post(URL, json=body, headers=headers), range(16))
        )
    assert {(one.status_code, one.content) for one in answers} == {(201, answers[0].content)}
    assert sum("idempotency-replayed" not in one.headers for one in answers) == 1
    assert count(in_gym, gym) == 1


def test_a_key_of_another_check_in_is_refused(
    receptionist: ApiClient, add_member: Callable[..., Member], gym: Gym, in_gym: InGym
) -> None:
    headers = {"Idempotency-Key": "mine"}
    for status in (201, 422):
        body = {"member_id": add_member().member_id}
        answer = receptionist.post(URL, json=body, headers=headers)
        assert answer.status_code == status, answer.text
    assert answer.json()["code"] == "idempotency_key_reused"
    assert count(in_gym, gym) == 1


def test_a_refusal_leaves_the_key_free(
    receptionist: ApiClient, add_member: Callable[..., Member], gym: Gym, in_gym: InGym
) -> None:
    headers = {"Idempotency-Key": "again"}
    nobody = receptionist.post(URL, json={"member_id": 2**40}, headers=headers)
    assert (nobody.status_code, nobody.json()["code"]) == (404, "member_not_found")
    assert (count(in_gym, gym), count(in_gym, gym, IdempotencyKey)) == (0, 0)
    body = {"member_id": add_member().member_id}
    assert receptionist.post(URL, json=body, headers=headers).status_code == 201


def test_a_visit_between_two_that_are_known_is_still_recorded(
    receptionist: ApiClient, add_member: Callable[..., Member], clock: Clock
) -> None:
    """Where one statement does not do, the route goes on step by step."""
    body = {"member_id": add_member().member_id}
    clock.advance(hours=12)
    assert receptionist.post(URL, json=body).status_code == 201
    clock.advance(hours=-12)
    earlier = receptionist.post(URL, json=body, headers={"Idempotency-Key": "earlier"})
    assert earlier.status_code == 201, earlier.text
    assert receptionist.get(URL).json()["total"] == 2


def test_who_may_not_learns_nothing_of_members_or_bodies(
    sign_in_as: SignInAs, add_member: Callable[..., Member], gym: Gym, in_gym: InGym
) -> None:
    """Not whether somebody is a member, and not what is wrong with what they sent."""
    member = sign_in_as(Role.MEMBER)
    for body in ({"member_id": add_member().member_id}, {"member_id": 2**40}, {"x": 1}, None):
        answer = member.post(URL, json=body)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), body
    with in_gym(gym.gym_id) as session:
        session.get_one(User, member.user.user_id).is_active = False
    for body in ({"member_id": 2**40}, {"x": 1}):
        assert member.post(URL, json=body).status_code == 401, body
    assert count(in_gym, gym) == 0


def test_a_wrong_body_of_who_may_is_told(receptionist: ApiClient) -> None:
    answer = receptionist.post(URL, json={"member_id": "x"})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")


@pytest.mark.parametrize("content", [b"{", b"", b"[1,", b"\xff"])
def test_what_is_no_json_is_told_as_on_every_other_route(
    receptionist: ApiClient, client: ApiClient, content: bytes
) -> None:
    headers = {"content-type": "application/json"}
    assert receptionist.post(URL, content=content, headers=headers).status_code == 422
    stranger = client.post(URL, content=content, headers=headers)
    assert stranger.status_code == (422 if content else 401)


def test_wrong_bodies_at_once_do_not_wait_for_each_other(receptionist: ApiClient) -> None:
    """Each is looked at in the one slot that it has: with two, none would end."""
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: receptionist.post(URL, json={}), range(8)))
    assert [answer.status_code for answer in answers] == [422] * 8


def test_a_suspended_gym_records_nothing(
    receptionist: ApiClient,
    super_admin: ApiClient,
    add_member: Callable[..., Member],
    gym: Gym,
    in_gym: InGym,
) -> None:
    body = {"member_id": add_member().member_id}
    suspended = super_admin.post(
        f"/api/v1/organizations/{gym.gym_id}/suspend", json={"reason": "unpaid"}
    )
    assert suspended.status_code == 200, suspended.text
    answer = receptionist.post(URL, json=body)
    assert (answer.status_code, answer.json()["code"]) == (403, "gym_suspended")
    assert "unpaid" in answer.json()["detail"]
    assert count(in_gym, gym) == 0
