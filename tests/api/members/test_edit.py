"""Editing a member: what is decided is decided about the member as they are now."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime

from sqlalchemy import select, text

from db.models import EmailConsent, Gym, Member, MemberStats
from db.session import GymSession
from tests.factories.members import create_member
from tests.fixtures.api import NOON, ApiClient, Clock
from tests.fixtures.processes import wait_for

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def test_an_edit_waits_for_another_and_is_decided_by_what_that_left(
    owner: ApiClient, gym: Gym, in_gym: InGym, ops_session: GymSession
) -> None:
    """Else a consent recorded in the same moment would undo an unsubscribing."""
    with in_gym(gym.gym_id) as session:
        member_id = create_member(session, gym=gym, email_consent="unknown").member_id
    blocked = text("select count(*) from pg_locks where :pid = any(pg_blocking_pids(pid))")
    with ThreadPoolExecutor(1) as pool:
        with in_gym(gym.gym_id) as session:
            session.scalar(
                select(MemberStats).where(MemberStats.member_id == member_id).with_for_update()
            )
            session.get_one(Member, member_id).email_consent = EmailConsent.UNSUBSCRIBED
            session.flush()
            pid = session.scalar(select(text("pg_backend_pid()")))
            edit = pool.submit(owner.patch, f"{URL}/{member_id}", json={"email_consent": True})
            wait_for(lambda: edit.done() or ops_session.scalar(blocked, {"pid": pid}))
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
