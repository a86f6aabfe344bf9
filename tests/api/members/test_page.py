"""A member's page: figures as of today, and what was written to them."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import date, timedelta

import pytest

from db.models import Gym, Member
from db.session import GymSession
from tests.factories.campaigns import send_mail
from tests.factories.members import create_member, create_transaction, create_visits
from tests.fixtures.api import NOON, ApiClient, Clock
from tests.fixtures.mail import MailServer

URL = "/api/v1/members"
InGym = Callable[[int], AbstractContextManager[GymSession]]


def test_a_member_who_comes_is_at_no_risk_and_no_reason_is_given(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym, join_date=date(2026, 9, 1))
        at = [NOON - timedelta(days=day) for day in (0, 1, 8, 16)]
        create_visits(session, gym=gym, member=member, at=at)
        create_transaction(session, gym=gym, member=member, at=NOON, amount=4_050)
    body = owner.get(f"{URL}/{member.member_id}").json()
    assert (body["at_risk"], body["risk"], body["risk_source"]) == (False, None, None)
    assert (body["tab"], body["reasons"]) == (None, [])
    assert (body["last_visit"], body["inactive_days"], body["visits"]) == ("2026-11-18", 0, 4)
    assert body["spend"] == 40.5
    assert body["visits_per_week"] == [0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2]


def test_a_member_at_risk_has_a_chance_and_its_source(
    owner: ApiClient, gym: Gym, in_gym: InGym
) -> None:
    with in_gym(gym.gym_id) as session:
        gone, comes = (create_member(session, gym=gym) for _ in range(2))
        at = [NOON - timedelta(days=30 + 3 * n) for n in range(20)]
        create_visits(session, gym=gym, member=gone, at=at)
        create_visits(session, gym=gym, member=comes, at=[NOON])
    body = owner.get(f"{URL}/{gone.member_id}").json()
    assert body["at_risk"] is True
    assert 0 < body["risk"] <= 1
    assert body["risk_source"] is not None


@pytest.mark.usefixtures("empty_outbox")
def test_mails_to_a_member_are_theirs_newest_first(
    owner: ApiClient,
    add_member: Callable[..., Member],
    clock: Clock,
    mail_server: MailServer,
    send_queued: Callable[[], object],
) -> None:
    member, other = add_member(), add_member()
    for _ in range(3):
        send_mail(owner, member)
        send_queued()
        clock.advance(days=8)
    send_mail(owner, other)
    path = f"{URL}/{member.member_id}/messages"
    pages = [owner.get(path, params={"page": n, "size": 2}).json() for n in (1, 2)]
    assert [page["total"] for page in pages] == [3, 3]
    items = [item for page in pages for item in page["items"]]
    ids = [item["message_id"] for item in items]
    assert ids == sorted(ids, reverse=True)
    assert len(set(ids)) == 3
    assert {item["state"] for item in items} == {"sent"}
