"""How many mails a gym may send in 24 hours: few at first, more as long as it goes well."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import update

from api.kit.deps import get_settings
from api.kit.settings import Settings
from db.models import Gym, Member, Notification, OutboxItem, UnsubscribedAddress
from db.queue.outbox import GIVEN_UP
from db.session import GymSession
from tests.factories.campaigns import TEXT, URL, read_messages, send_mail
from tests.fixtures.api import ApiClient, Clock
from tests.fixtures.mail import MailServer

AddMember = Callable[..., Member]
InGym = Callable[[int], AbstractContextManager[GymSession]]

FIRST, MOST = 3, 10


@pytest.fixture(autouse=True)
def _small(api_app: FastAPI, api_settings: Settings) -> None:
    small = api_settings.model_copy(update={"mail_daily_start": FIRST, "mail_daily_max": MOST})
    api_app.dependency_overrides[get_settings] = lambda: small


@pytest.fixture
def members(add_member: AddMember) -> list[Member]:
    return [add_member() for _ in range(12)]


@pytest.fixture
def settle(gym: Gym, in_gym: InGym) -> Callable[..., None]:
    """What became of everything queued, as a worker would write it down."""

    def settle(at: datetime, state: str = "sent", error: str | None = None) -> None:
        values = {"state": state, "sent_at": at if state == "sent" else None, "error": error}
        with in_gym(gym.gym_id) as session:
            session.execute(
                update(Notification).where(Notification.state == "queued").values(**values)
            )

    return settle


def preview(caller: ApiClient, *members: Member) -> Any:
    ids = [member.member_id for member in members]
    return caller.post(f"{URL}/preview", json={"member_ids": ids, **TEXT}).json()


def test_the_first_of_those_chosen_get_it_and_the_others_are_told_not_today(
    owner: ApiClient, members: list[Member]
) -> None:
    chosen = list(reversed(members[:5]))
    shown = preview(owner, *chosen)
    assert (shown["daily_limit"], shown["left_today"], shown["will_send"]) == (3, 3, 3)
    assert shown["skipped"]["daily_limit"] == 2
    assert [one["member_id"] for one in shown["previews"]] == [m.member_id for m in chosen[:3]]
    campaign = send_mail(owner, *chosen).json()
    assert (campaign["queued"], campaign["skipped"]["daily_limit"]) == (3, 2)
    mailed = {message["member_id"] for message in read_messages(owner, campaign)}
    assert mailed == {member.member_id for member in chosen[:3]}
    assert preview(owner, *chosen[3:])["left_today"] == 0
    assert send_mail(owner, *chosen[3:]).json()["queued"] == 0


def test_the_limit_is_of_all_campaigns_together_also_at_the_same_moment(
    owner: ApiClient, members: list[Member]
) -> None:
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda member: send_mail(owner, member), members[:6]))
    assert sum(answer.json()["queued"] for answer in answers) == FIRST


def test_it_is_of_one_gym(
    owner: ApiClient,
    other_owner: ApiClient,
    other_gym: Gym,
    members: list[Member],
    add_member: AddMember,
) -> None:
    assert send_mail(owner, *members).json()["queued"] == FIRST
    assert send_mail(other_owner, add_member(gym=other_gym)).json()["queued"] == 1


def test_it_doubles_with_each_busy_day_up_to_the_most(
    owner: ApiClient, clock: Clock, members: list[Member], settle: Any
) -> None:
    limits = []
    for _ in range(4):
        limits.append(preview(owner, members[0])["daily_limit"])
        send_mail(owner, *members)
        settle(clock.now)
        same_day = preview(owner, members[0])
        assert (same_day["daily_limit"], same_day["left_today"]) == (limits[-1], 0)
        clock.advance(days=8)
    assert limits == [3, 6, 10, 10]


def test_a_gym_whose_mails_are_refused_does_not_grow(
    owner: ApiClient, clock: Clock, members: list[Member], settle: Any
) -> None:
    send_mail(owner, *members[:3])
    settle(clock.now)
    clock.advance(days=2)
    send_mail(owner, *members[3:7])
    settle(clock.now, "failed", "The mail server does not accept the member's address: 550")
    clock.advance(days=2)
    assert preview(owner, members[8])["daily_limit"] == FIRST
    clock.advance(days=6)
    assert preview(owner, members[8])["daily_limit"] == 2 * FIRST, "a week later it does again"


def test_a_gym_from_whom_many_unsubscribe_does_not_grow_for_a_week(
    owner: ApiClient, clock: Clock, gym: Gym, in_gym: InGym, members: list[Member], settle: Any
) -> None:
    send_mail(owner, *members[:3])
    settle(clock.now)
    clock.advance(days=2)
    with in_gym(gym.gym_id) as session:
        for member in members[:3]:
            key = member.email_key
            session.add(
                UnsubscribedAddress(gym_id=gym.gym_id, email_key=key, unsubscribed_at=clock.now)
            )
    assert preview(owner, members[8])["daily_limit"] == FIRST
    clock.advance(days=8)
    assert preview(owner, members[8])["daily_limit"] == 2 * FIRST


def test_a_mail_server_that_was_away_is_not_held_against_the_gym(
    owner: ApiClient, clock: Clock, members: list[Member], settle: Any
) -> None:
    send_mail(owner, *members[:3])
    settle(clock.now)
    clock.advance(days=2)
    send_mail(owner, *members[3:7])
    settle(clock.now, "failed", f"{GIVEN_UP} after 16 attempts.")
    assert preview(owner, members[8])["daily_limit"] == 2 * FIRST


def test_trying_again_counts_as_well(
    owner: ApiClient, clock: Clock, members: list[Member], settle: Any
) -> None:
    campaign = send_mail(owner, *members[:3]).json()
    settle(clock.now, "failed", f"{GIVEN_UP} after 16 attempts.")
    assert send_mail(owner, *members[3:5]).json()["queued"] == 2
    clock.advance(days=40)
    settle(clock.now - timedelta(hours=1))
    again = owner.post(f"{URL}/{campaign['campaign_id']}/retry").json()
    assert (again["queued"], again["failed"]) == (1, 2)
    settle(clock.now)
    assert preview(owner, members[8])["left_today"] == 0, "also where the mail itself is old"


def test_a_mail_that_was_refused_leaves_no_room_for_another_that_day(
    owner: ApiClient,
    clock: Clock,
    gym: Gym,
    in_gym: InGym,
    members: list[Member],
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    for member in members:
        mail_server.refusals[member.email or ""] = "550 no such person"
    campaign = send_mail(owner, *members[:FIRST]).json()
    send_queued()
    with in_gym(gym.gym_id) as session:  # by the clock of the test, which a database has not
        session.execute(update(OutboxItem).values(next_at=clock.now))
    assert preview(owner, members[8])["left_today"] == 0
    assert send_mail(owner, *members[3:]).json()["queued"] == 0
    # Nor for the same mails, with their addresses corrected to the next guess.
    for _ in range(2):
        again = owner.post(f"{URL}/{campaign['campaign_id']}/retry").json()
        assert (again["queued"], again["failed"]) == (0, FIRST)
    assert preview(owner, members[8])["left_today"] == 0
    clock.advance(days=1)
    assert preview(owner, members[8])["left_today"] == FIRST


def test_without_a_limit_everybody_gets_it(
    api_app: FastAPI, api_settings: Settings, owner: ApiClient, members: list[Member]
) -> None:
    free = api_settings.model_copy(update={"mail_daily_start": 0})
    api_app.dependency_overrides[get_settings] = lambda: free
    assert preview(owner, *members)["daily_limit"] is None
    assert send_mail(owner, *members).json()["queued"] == len(members)
