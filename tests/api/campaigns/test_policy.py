"""A gym says how often a member is mailed and how many mails go out in a day; every place where
mails are counted goes by it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from db.member_facts import write_freely
from db.models import Gym, Member
from db.stats.member_stats import refresh_member_stats
from tests.factories.campaigns import TEXT, URL, send_mail
from tests.factories.members import create_member, create_regular_visits
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs

AddMember = Callable[..., Member]
ME = "/api/v1/organizations/me"


def choose(owner: ApiClient, **policy: Any) -> Any:
    return owner.patch(ME, json=policy)


def preview(caller: ApiClient, *members: Any) -> Any:
    body = TEXT | {"member_ids": [member.member_id for member in members]}
    return caller.post(f"{URL}/preview", json=body).json()


@pytest.mark.parametrize("days", [1, 2, 30])
def test_a_member_is_mailed_again_after_the_pause_that_the_gym_chose(
    owner: ApiClient, add_member: AddMember, clock: Clock, send_queued: Any, days: int,
) -> None:  # fmt: skip
    assert choose(owner, mail_pause_days=days).status_code == 200
    member = add_member()
    send_mail(owner, member)
    send_queued()
    clock.advance(days=days, minutes=-5)
    assert preview(owner, member)["skipped"]["mailed_this_week"] == 1
    clock.advance(minutes=10)
    assert preview(owner, member)["will_send"] == 1
    assert send_mail(owner, member).json()["queued"] == 1


def test_the_list_of_members_at_risk_goes_by_the_same_pause(
    owner: ApiClient, gym: Gym, add_member: AddMember, clock: Clock, send_queued: Any, in_gym: Any,
    sign_in_as: SignInAs,
) -> None:  # fmt: skip
    member = add_member()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        last = NOON - timedelta(days=25)
        create_regular_visits(session, gym=gym, member=member, last=last, every_days=4, count=12)
        current = create_member(session, gym=gym)
        create_regular_visits(session, gym=gym, member=current, last=NOON, every_days=2, count=20)
        refresh_member_stats(session, gym.gym_id)
    send_mail(owner, member)
    send_queued()
    clock.advance(days=3)

    def read_block() -> Any:
        [item] = owner.get("/api/v1/analytics/at-risk", params={"tab": "all"}).json()["items"]
        return item["email_block"]

    assert read_block() == "mailed_this_week"
    choose(owner, mail_pause_days=2)
    assert read_block() is None


def test_a_gym_sends_no_more_in_a_day_than_it_wants(
    owner: ApiClient, add_member: AddMember, clock: Clock, sign_in_as: SignInAs, send_queued: Any
) -> None:
    choose(owner, mail_daily_limit=2)
    members = [add_member() for _ in range(3)]
    shown = preview(owner, *members)
    assert (shown["daily_limit"], shown["will_send"]) == (2, 2)
    sent = send_mail(owner, *members).json()
    assert (sent["queued"], sent["skipped"]["daily_limit"]) == (2, 1)
    send_queued()
    clock.advance(days=1, minutes=1)
    assert preview(owner, *members)["will_send"] == 1


def test_a_gyms_wish_is_never_a_way_to_more(owner: ApiClient, add_member: AddMember) -> None:
    before = preview(owner, add_member())["daily_limit"]
    choose(owner, mail_daily_limit=1_000_000)
    assert preview(owner, add_member())["daily_limit"] == before
    choose(owner, mail_daily_limit=None)
    assert preview(owner, add_member())["daily_limit"] == before


@pytest.mark.parametrize(
    "policy",
    [
        {"mail_pause_days": 0},
        {"mail_pause_days": 91},
        {"mail_pause_days": None},
        {"mail_pause_days": "7"},
        {"mail_daily_limit": 0},
        {"mail_daily_limit": -1},
        {"mail_daily_limit": 2.5},
        {"mail_daily_limit": 10**9},
    ],
)
def test_a_policy_that_makes_no_sense_is_refused(owner: ApiClient, policy: Any) -> None:
    before = owner.get(ME).json()
    assert choose(owner, **policy).status_code == 422
    assert owner.get(ME).json() == before
