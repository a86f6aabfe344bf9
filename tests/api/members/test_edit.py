"""Editing a member: what is decided is decided about the member as they are now."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime

import pytest
from sqlalchemy import select

from db.member_facts import write_freely
from db.models import EmailConsent, Gym, Member, MemberStats, Trainer
from db.session import GymSession
from tests.factories.members import create_member
from tests.fixtures.api import NOON, ApiClient, Clock
from tests.fixtures.waiting import wait_until_blocked

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def test_an_edit_waits_for_another_and_is_decided_by_what_that_left(
    owner: ApiClient, gym: Gym, in_gym: InGym, ops_session: GymSession
) -> None:
    """Else a consent recorded in the same moment would undo an unsubscribing."""
    with in_gym(gym.gym_id) as session:
        member_id = create_member(session, gym=gym, email_consent="unknown").member_id
    with ThreadPoolExecutor(1) as pool:
        with in_gym(gym.gym_id) as session:
            session.scalar(
                select(MemberStats).where(MemberStats.member_id == member_id).with_for_update()
            )
            write_freely(session)
            session.get_one(Member, member_id).email_consent = EmailConsent.UNSUBSCRIBED
            session.flush()
            edit = pool.submit(owner.patch, f"{URL}/{member_id}", json={"email_consent": True})
            wait_until_blocked(edit, by=session, watcher=ops_session)
        answer = edit.result()
    assert (answer.status_code, answer.json()["code"]) == (409, "unsubscribed")
    assert owner.get(f"{URL}/{member_id}").json()["email_consent"] == "unsubscribed"


def test_a_consent_that_is_repeated_keeps_the_time_it_was_given(
    owner: ApiClient, clock: Clock
) -> None:
    made = owner.post(URL, json={"name": "Ana", "email_consent": True}).json()
    clock.advance(hours=1)
    body = owner.patch(f"{URL}/{made['member_id']}", json={"email_consent": True}).json()
    assert datetime.fromisoformat(body["email_consent_at"]) == NOON


@pytest.mark.parametrize("before", ["unknown", "given", "refused", "lawful_basis"])
@pytest.mark.parametrize(("sent", "after"), [(True, "given"), (False, "refused"), (None, None)])
def test_staff_record_a_consent_or_leave_it_as_it_was(
    owner: ApiClient,
    gym: Gym,
    in_gym: InGym,
    before: str,
    sent: bool | None,
    after: str | None,
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, email_consent=before, email_consent_source="form")
    body = {"address": "Rua A"} if sent is None else {"email_consent": sent}
    edited = owner.patch(f"{URL}/{member.member_id}", json=body).json()
    assert edited["email_consent"] == (after or before)
    is_new = after not in (None, before)
    assert edited["email_consent_source"] == ("recorded by staff" if is_new else "form")


def test_whoever_unsubscribed_stays_so_whatever_staff_send(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, email="ana@example.com")
        write_freely(session)
        session.get_one(Member, member.member_id).email_consent = EmailConsent.UNSUBSCRIBED
    path = f"{URL}/{member.member_id}"
    for body in ({"email_consent": False}, {"address": "Rua A"}):
        edited = owner.patch(path, json=body)
        assert (edited.status_code, edited.json()["email_consent"]) == (200, "unsubscribed")
    refused = owner.patch(path, json={"email_consent": True, "address": "Rua B"})
    assert (refused.status_code, refused.json()["code"]) == (409, "unsubscribed")
    assert "ana@example.com" in refused.json()["detail"]
    assert owner.get(path).json()["address"] == "Rua A"


def test_an_address_that_unsubscribed_does_so_for_each_of_its_records(
    owner: ApiClient, clock: Clock, gym: Gym, in_gym: InGym
) -> None:
    address = {"email": "ana@example.com"}
    with in_gym(gym.gym_id) as session:
        create_member(session, gym=gym, email_consent="unsubscribed", **address)
        given = create_member(session, gym=gym)
        refused = create_member(session, gym=gym, email_consent="refused")
    clock.advance(hours=1)
    edited = owner.patch(f"{URL}/{given.member_id}", json=address).json()
    assert edited["email_consent"] == "unsubscribed"
    assert edited["email_consent_source"] == "the same address unsubscribed"
    assert datetime.fromisoformat(edited["email_consent_at"]) == clock.now
    # A refusal stays one, also when the address takes its unsubscribing back.
    edited = owner.patch(f"{URL}/{refused.member_id}", json=address).json()
    assert edited["email_consent"] == "refused"
    answer = owner.patch(f"{URL}/{refused.member_id}", json={"email_consent": True})
    assert (answer.status_code, answer.json()["code"]) == (409, "unsubscribed")


def test_a_number_is_one_members_only_and_their_own_may_be_sent_again(
    owner: ApiClient, other_owner: ApiClient
) -> None:
    first = owner.post(URL, json={"name": "Ana", "number": "17"}).json()
    second = owner.post(URL, json={"name": "Bea", "number": "18"}).json()
    assert other_owner.post(URL, json={"name": "Eva", "number": "17"}).status_code == 201
    own = owner.patch(f"{URL}/{first['member_id']}", json={"number": "17", "address": "Rua A"})
    assert (own.status_code, own.json()["address"]) == (200, "Rua A")
    taken = owner.patch(f"{URL}/{second['member_id']}", json={"number": "17"})
    assert (taken.status_code, taken.json()["code"]) == (409, "number_taken")
    assert "'17'" in taken.json()["detail"]
    assert owner.get(f"{URL}/{second['member_id']}").json()["number"] == "18"


def test_a_member_has_a_trainer_of_the_gym_or_none(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        trainer = Trainer(gym_id=gym.gym_id, name="Tom")
        session.add(trainer)
        session.flush()
        trainer_id = trainer.trainer_id
    made = owner.post(URL, json={"name": "Ana", "trainer_id": trainer_id}).json()
    assert made["trainer_id"] == trainer_id
    path = f"{URL}/{made['member_id']}"
    unknown = owner.patch(path, json={"trainer_id": 987_654_321})
    assert unknown.status_code == 404
    assert "987654321" in unknown.json()["detail"]
    assert owner.patch(path, json={"trainer_id": None}).json()["trainer_id"] is None


def test_nobody_joins_after_today(owner: ApiClient) -> None:
    made = owner.post(URL, json={"name": "Ana", "join_date": "2026-11-18"}).json()
    path = f"{URL}/{made['member_id']}"
    answer = owner.patch(path, json={"join_date": "2026-11-19"})
    assert (answer.status_code, answer.json()["code"]) == (422, "join_date_in_future")
    assert owner.patch(path, json={"join_date": "2026-11-17"}).json()["join_date"] == "2026-11-17"


def test_a_member_who_is_not_there_is_named(owner: ApiClient) -> None:
    path = f"{URL}/987654321"
    for answer in (owner.get(path), owner.patch(path, json={}), owner.get(f"{path}/messages")):
        assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")
        assert "987654321" in answer.json()["detail"]
