"""POST /campaigns: who is written to, who is left out and why, and what is refused."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.kit.deps import get_settings
from api.kit.settings import Settings
from db.member_facts import write_freely
from db.models import (
    Campaign,
    Gym,
    IdempotencyKey,
    Member,
    MembershipFreeze,
    Notification,
    OutboxItem,
    Role,
)
from db.stats.member_stats import refresh_member_stats
from tests.factories.campaigns import TEXT, URL, read_campaign, read_messages, send_mail
from tests.factories.members import create_member, create_membership, create_regular_visits
from tests.fixtures.api import NOON, ApiClient, Clock, SignInAs
from tests.fixtures.mail import MailServer

AddMember = Callable[..., Member]


def count_rows(in_gym: Any, gym: Gym) -> dict[str, int]:
    with in_gym(gym.gym_id) as session:
        return {
            model.__tablename__: session.scalar(select(func.count()).select_from(model))
            for model in (Campaign, Notification, OutboxItem, IdempotencyKey)
        }


def skipped(answer: Any) -> dict[str, int]:
    assert answer.status_code == 202, answer.text
    return {reason: count for reason, count in answer.json()["skipped"].items() if count}


def test_d_g3_3_a_mail_written_through_the_api_arrives_once_with_the_right_headers(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Callable[[], None],
) -> None:
    member = add_member(name="Paula Dias")
    answer = send_mail(owner, member)
    assert answer.status_code == 202, answer.text
    assert answer.json()["state"] == "sending"
    send_queued()
    [mail] = mail_server.to(member.email)
    message = mail.message
    assert mail.recipients == [member.email]
    assert message["Subject"] == f"We miss you at {gym.name}"
    assert message["To"].addresses[0].addr_spec == member.email
    assert message["From"].addresses[0].display_name == gym.name
    assert message["From"].addresses[0].addr_spec == "mail@comeback.example"
    assert message["Reply-To"].addresses[0].addr_spec == gym.email
    assert message["Message-ID"].endswith("@comeback.example>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["List-Unsubscribe"].startswith("<http://127.0.0.1:8000/u/")
    assert "Hi Paula," in mail.text
    assert message["List-Unsubscribe"].strip("<>") in mail.text
    campaign = read_campaign(owner, answer.json())
    assert (campaign["state"], campaign["sent"], campaign["queued"]) == ("done", 1, 0)
    send_queued()
    assert len(mail_server.to(member.email)) == 1


@pytest.mark.parametrize(
    "field", ["to", "email", "emails", "address", "recipients", "cc", "bcc", "reply_to"]
)
def test_d_g3_2_no_field_of_the_request_takes_an_address(
    owner: ApiClient, gym: Gym, add_member: AddMember, in_gym: Any, field: str
) -> None:
    answer = send_mail(owner, add_member(), **{field: "victim@example.net"})
    assert answer.status_code == 422
    assert count_rows(in_gym, gym)["notifications"] == 0


def test_d_g3_2_an_address_in_place_of_an_id_is_refused(owner: ApiClient) -> None:
    answer = owner.post(URL, json={"member_ids": ["victim@example.net"], **TEXT})
    assert answer.status_code == 422


def test_d_g3_2_members_of_another_gym_are_refused_and_nobody_is_written_to(
    owner: ApiClient, gym: Gym, other_gym: Gym, add_member: AddMember, in_gym: Any
) -> None:
    own, foreign = add_member(), add_member(gym=other_gym)
    answer = send_mail(owner, own, foreign)
    assert (answer.status_code, answer.json()["code"]) == (404, "members_not_found")
    assert str(foreign.member_id) in str(answer.json()["errors"])
    assert count_rows(in_gym, gym) == dict.fromkeys(
        ("campaigns", "notifications", "outbox", "idempotency_keys"), 0
    )


def test_d_g3_2_only_members_who_agreed_are_written_to(
    owner: ApiClient, add_member: AddMember, mail_server: MailServer, send_queued: Any
) -> None:
    by_consent = {
        consent: add_member(email_consent=consent)
        for consent in ("unknown", "refused", "unsubscribed", "given", "lawful_basis")
    }
    answer = send_mail(owner, *by_consent.values())
    assert skipped(answer) == {"no_consent": 2, "unsubscribed": 1}
    send_queued()
    reached = {consent for consent, member in by_consent.items() if mail_server.to(member.email)}
    assert reached == {"given", "lawful_basis"}


@pytest.mark.parametrize("state", ["frozen", "cancelled", "expired"])
def test_d_g3_11_a_member_who_is_not_active_is_never_written_to(
    owner: ApiClient, gym: Gym, in_gym: Any, state: str
) -> None:
    today = NOON.date()
    with in_gym(gym.gym_id) as session:
        member = create_member(session, gym=gym)
        over: dict[str, Any] = {}
        if state != "frozen":
            over["ends_on"] = today - timedelta(days=3)
        if state == "cancelled":
            over["cancelled_on"] = today - timedelta(days=20)
            over["last_day"] = over["ends_on"]
        membership = create_membership(session, gym=gym, member=member, **over)
        if state == "frozen":
            write_freely(session)
            session.add(
                MembershipFreeze(
                    gym_id=gym.gym_id,
                    membership_id=membership.membership_id,
                    member_id=member.member_id,
                    starts_on=today - timedelta(days=2),
                    ends_on=today + timedelta(days=20),
                )
            )
            refresh_member_stats(session, gym.gym_id, [member.member_id])
    answer = send_mail(owner, member)
    assert skipped(answer) == {"not_active": 1}
    assert count_rows(in_gym, gym)["notifications"] == 0


def test_d_g3_11_a_member_frozen_after_the_mail_was_queued_does_not_get_it(
    owner: ApiClient,
    gym: Gym,
    in_gym: Any,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    member = add_member()
    campaign = send_mail(owner, member).json()
    with in_gym(gym.gym_id) as session:
        create_membership(
            session,
            gym=gym,
            member=session.get(Member, member.member_id),
            ends_on=NOON.date() - timedelta(days=1),
        )
    send_queued()
    assert mail_server.to(member.email) == []
    campaign = read_campaign(owner, campaign)
    assert (campaign["state"], campaign["sent"]) == ("done", 0)
    assert campaign["skipped"]["not_active"] == 1


def test_members_without_a_usable_address_are_counted_and_left_out(
    owner: ApiClient, add_member: AddMember
) -> None:
    members = [
        add_member(email=None),
        add_member(email=""),
        add_member(email="not an address"),
        add_member(email="two@example.com, three@example.com"),
        add_member(email="a@example.com\r\nBcc: b@example.com"),
        add_member(),
    ]
    answer = send_mail(owner, *members)
    assert skipped(answer) == {"no_address": 2, "invalid_address": 3}
    assert answer.json()["queued"] == 1


def test_another_address_within_the_week_brings_no_second_mail(
    owner: ApiClient, add_member: AddMember
) -> None:
    member = add_member()
    send_mail(owner, member)
    other = {"email": f"other-{member.email}"}
    assert owner.patch(f"/api/v1/members/{member.member_id}", json=other).status_code == 200
    assert skipped(send_mail(owner, member)) == {"mailed_this_week": 1}


def test_a_member_is_mailed_at_most_once_a_week(
    owner: ApiClient, add_member: AddMember, clock: Clock, send_queued: Any, sign_in_as: SignInAs
) -> None:
    member = add_member()
    send_mail(owner, member)
    assert skipped(send_mail(owner, member)) == {"mailed_this_week": 1}, "while it is queued"
    send_queued()
    clock.advance(days=6, hours=23)
    owner = sign_in_as(Role.OWNER)
    assert skipped(send_mail(owner, member)) == {"mailed_this_week": 1}
    clock.advance(hours=2)
    assert send_mail(sign_in_as(Role.OWNER), member).json()["queued"] == 1


def test_two_sends_at_the_same_moment_do_not_both_write_to_a_member(
    owner: ApiClient, gym: Gym, add_member: AddMember, in_gym: Any
) -> None:
    members = [add_member() for _ in range(5)]
    orders = [members, members[::-1]] * 4
    with ThreadPoolExecutor(len(orders)) as pool:
        answers = list(pool.map(lambda order: send_mail(owner, *order), orders))
    assert {answer.status_code for answer in answers} == {202}
    assert sum(answer.json()["queued"] for answer in answers) == len(members)
    assert count_rows(in_gym, gym)["notifications"] == len(members)


def test_32_sends_with_one_key_are_one_campaign(
    owner: ApiClient, gym: Gym, add_member: AddMember, in_gym: Any
) -> None:
    member = add_member()
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: send_mail(owner, member, key="once"), range(32)))
    sent = [answer.json() for answer in answers if answer.status_code == 202]
    assert all(campaign == sent[0] for campaign in sent)
    assert {answer.status_code for answer in answers} <= {202, 409}
    assert count_rows(in_gym, gym)["campaigns"] == 1
    other_text = send_mail(owner, member, key="once", subject="Another")
    assert (other_text.status_code, other_text.json()["code"]) == (422, "idempotency_key_reused")


@pytest.fixture
def drifting_and_dormant(in_gym: Any, gym: Gym) -> tuple[Member, Member]:
    """Both at risk: one away for 30 days, one for 70."""
    with in_gym(gym.gym_id) as session:
        members = []
        for days in (30, 70):
            member = create_member(session, gym=gym)
            last = NOON - timedelta(days=days)
            create_regular_visits(
                session, gym=gym, member=member, last=last, every_days=3, count=20
            )
            members.append(member)
        current = create_member(session, gym=gym)
        create_regular_visits(session, gym=gym, member=current, last=NOON, every_days=2, count=20)
    return members[0], members[1]


def test_a_filter_takes_the_members_at_risk_without_the_dormant(
    owner: ApiClient, drifting_and_dormant: tuple[Member, Member]
) -> None:
    answer = send_mail(owner, filter={"tab": "all"})
    assert skipped(answer) == {"dormant": 1}
    [message] = read_messages(owner, answer.json())
    assert message["member_id"] == drifting_and_dormant[0].member_id


def test_dormant_members_are_written_to_when_they_are_chosen(
    owner: ApiClient, drifting_and_dormant: tuple[Member, Member]
) -> None:
    _, dormant = drifting_and_dormant
    assert skipped(send_mail(owner, dormant, include_dormant=False)) == {"dormant": 1}
    assert send_mail(owner, dormant).json()["queued"] == 1


def test_a_filter_can_take_the_dormant_too(
    owner: ApiClient, drifting_and_dormant: tuple[Member, Member]
) -> None:
    answer = send_mail(owner, filter={"tab": "gone"}, include_dormant=True)
    assert (answer.json()["queued"], skipped(answer)) == (1, {})


def test_a_filter_is_the_list_at_risk(
    owner: ApiClient, drifting_and_dormant: tuple[Member, Member]
) -> None:
    drifting, _ = drifting_and_dormant
    for chosen in (
        {"tab": "drifting"},
        {"search": drifting.name},
        {"reason": "no_visit", "tab": "drifting"},
    ):
        listed = owner.get("/api/v1/analytics/at-risk", params=chosen).json()
        preview = owner.post(f"{URL}/preview", json={"filter": chosen, **TEXT}).json()
        assert preview["total"] == listed["total"] == 1
        assert preview["previews"][0]["member_id"] == drifting.member_id


@pytest.mark.parametrize(
    "audience",
    [{}, {"member_ids": []}, {"member_ids": [1], "filter": {}}, {"filter": {"tab": "nobody"}}],
)
def test_an_audience_that_is_not_clear_is_refused(
    owner: ApiClient, audience: dict[str, Any]
) -> None:
    assert owner.post(URL, json={**audience, **TEXT}).status_code == 422


def test_a_text_with_problems_is_refused_and_nothing_is_queued(
    owner: ApiClient, gym: Gym, add_member: AddMember, in_gym: Any
) -> None:
    answer = send_mail(owner, add_member(), body="Hi {{firstname}}")
    assert (answer.status_code, answer.json()["code"]) == (422, "text_has_problems")
    assert [error["code"] for error in answer.json()["errors"]] == ["unknown_field"]
    assert count_rows(in_gym, gym)["campaigns"] == 0


def test_nobody_reads_a_greeting_without_a_name(
    owner: ApiClient, gym: Gym, add_member: AddMember, in_gym: Any
) -> None:
    numbered = add_member(name="4711", number="4711")
    answer = send_mail(owner, add_member(), numbered)
    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == ["empty_value"]
    assert count_rows(in_gym, gym)["notifications"] == 0
    answer = send_mail(owner, numbered, body="Hi {{first_name|there}},\n\nsee you?")
    assert answer.json()["queued"] == 1


def test_without_mail_settings_a_send_says_so_and_queues_nothing(
    owner: ApiClient,
    api_app: FastAPI,
    api_settings: Settings,
    gym: Gym,
    add_member: AddMember,
    in_gym: Any,
) -> None:
    silent = api_settings.model_copy(update={"smtp_host": None})
    api_app.dependency_overrides[get_settings] = lambda: silent
    answer = send_mail(owner, add_member(), key="k")
    assert (answer.status_code, answer.json()["code"]) == (409, "email_not_configured")
    assert "SMTP_HOST" in answer.json()["detail"]
    assert sum(count_rows(in_gym, gym).values()) == 0


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.TRAINER, Role.MEMBER])
def test_only_owner_and_admin_may_send(
    sign_in_as: SignInAs, add_member: AddMember, role: Role
) -> None:
    assert send_mail(sign_in_as(role), add_member()).status_code == 403


def test_without_signing_in_nothing_is_sent(client: ApiClient, add_member: AddMember) -> None:
    assert send_mail(client, add_member()).status_code == 401


def test_a_member_chosen_twice_is_written_to_once(owner: ApiClient, add_member: AddMember) -> None:
    member = add_member()
    assert send_mail(owner, member, member).json()["queued"] == 1


def test_the_campaign_is_named_after_its_subject(owner: ApiClient, add_member: AddMember) -> None:
    named = send_mail(owner, add_member(), name="Autumn").json()["name"]
    unnamed = send_mail(owner, add_member(), subject="Come back, {{first_name}}!").json()["name"]
    assert (named, unnamed) == ("Autumn", "Come back")


@pytest.mark.long
def test_ten_thousand_members_are_written_to_at_once_also_just_after_an_import(
    api_app: FastAPI, api_settings: Settings, owner: ApiClient, gym: Gym, in_gym: Any
) -> None:
    """The planner knows nothing yet about rows that are minutes old."""
    free = api_settings.model_copy(update={"mail_daily_start": 0})
    api_app.dependency_overrides[get_settings] = lambda: free
    with in_gym(gym.gym_id) as session:
        members = [
            Member(
                gym_id=gym.gym_id,
                name=f"Mia {index}",
                email=f"mia-{index}@example.com",
                join_date=NOON.date(),
                email_consent="given",
            )
            for index in range(10_000)
        ]
        write_freely(session)
        session.add_all(members)
        session.flush()
        ids = [member.member_id for member in members]
        refresh_member_stats(session, gym.gym_id, ids)
    answer = owner.post(URL, json={"member_ids": ids, **TEXT})
    assert answer.json()["queued"] == len(ids)
    assert owner.get(URL).json()["items"][0]["queued"] == len(ids)
