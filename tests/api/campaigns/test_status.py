"""What became of a campaign: sent, failed and tried again, came back."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from db.member_facts import write_freely
from db.models import Gym, Member, Notification, OutboxItem, Role
from tests.factories.campaigns import URL, read_campaign, read_messages, send_mail
from tests.factories.members import create_membership, create_visits
from tests.fixtures.api import ApiClient, Clock, SignInAs
from tests.fixtures.mail import MailServer

AddMember = Callable[..., Member]
Visit = Callable[..., None]
NO_SUCH_USER = "550 5.1.1 no such user here"


@pytest.fixture
def visit(in_gym: Any, gym: Gym) -> Visit:
    def visit(member: Member, at: Any) -> None:
        with in_gym(gym.gym_id) as session:
            create_visits(session, gym=gym, member=member, at=[at])

    return visit


def test_only_a_visit_after_the_mail_is_a_return(
    owner: ApiClient,
    gym: Gym,
    in_gym: Any,
    add_member: AddMember,
    visit: Visit,
    clock: Clock,
    send_queued: Any,
) -> None:
    before, after, never = add_member(), add_member(), add_member()
    with in_gym(gym.gym_id) as session:
        for member in (before, after):
            create_membership(session, gym=gym, member=session.get(Member, member.member_id))
    campaign = send_mail(owner, before, after, never).json()
    visit(before, clock.now - timedelta(minutes=5))
    clock.advance(minutes=1)
    send_queued()
    sent_at = clock.now
    assert read_campaign(owner, campaign)["came_back"] == 0
    visit(after, sent_at + timedelta(days=1))
    visit(after, sent_at + timedelta(days=3))
    shown = read_campaign(owner, campaign)
    assert (shown["came_back"], shown["came_back_value"]) == (1, 480.0)
    assert shown["currency"] == "EUR"
    returned = {m["member_id"]: m["came_back_at"] for m in read_messages(owner, campaign)}
    assert returned[before.member_id] is None
    assert returned[never.member_id] is None
    assert returned[after.member_id].startswith(f"{sent_at + timedelta(days=1):%Y-%m-%dT%H:%M}")


def test_a_visit_is_no_return_while_the_mail_is_still_queued(
    owner: ApiClient, add_member: AddMember, visit: Visit, clock: Clock
) -> None:
    member = add_member()
    campaign = send_mail(owner, member).json()
    visit(member, clock.now + timedelta(days=1))
    assert read_campaign(owner, campaign)["came_back"] == 0


def test_a_refused_mail_is_failed_at_once_with_words_and_can_be_tried_again(
    owner: ApiClient, add_member: AddMember, mail_server: MailServer, send_queued: Any
) -> None:
    good, bad = add_member(), add_member()
    mail_server.refusals[bad.email] = NO_SUCH_USER
    campaign = send_mail(owner, good, bad).json()
    send_queued()
    shown = read_campaign(owner, campaign)
    assert (shown["state"], shown["sent"], shown["failed"]) == ("done", 1, 1)
    [failed] = read_messages(owner, campaign, state="failed")
    assert failed["member_id"] == bad.member_id
    assert failed["attempts"] == 1
    assert failed["error"] == (
        "The mail server does not accept the member's address: 550 5.1.1 no such user here"
    )
    mail_server.refusals.clear()
    again = owner.post(f"{URL}/{campaign['campaign_id']}/retry")
    assert (again.status_code, again.json()["queued"]) == (202, 1)
    send_queued()
    assert read_campaign(owner, campaign)["sent"] == 2
    [arrived] = mail_server.to(bad.email)
    assert len(mail_server.to(good.email)) == 1, "what was sent is not sent again"
    [message] = [m for m in read_messages(owner, campaign) if m["member_id"] == bad.member_id]
    assert (message["attempts"], message["error"]) == (2, None)
    assert arrived.message["Message-ID"]


def test_a_mail_tried_again_keeps_its_message_id_and_goes_to_the_corrected_address(
    owner: ApiClient,
    gym: Gym,
    in_gym: Any,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    member = add_member()
    mail_server.refusals[member.email] = NO_SUCH_USER
    campaign = send_mail(owner, member).json()
    send_queued()
    with in_gym(gym.gym_id) as session:
        header_id = (
            session.query(Notification).filter_by(member_id=member.member_id).one().provider_id
        )
        write_freely(session)
        session.get(Member, member.member_id).email = f"right-{member.email}"
    owner.post(f"{URL}/{campaign['campaign_id']}/retry", json={})
    send_queued()
    [mail] = mail_server.to(f"right-{member.email}")
    assert mail.message["Message-ID"] == header_id
    assert read_messages(owner, campaign)[0]["to"] == f"right-{member.email}"


def test_a_retry_respects_that_consent_was_withdrawn(
    owner: ApiClient,
    gym: Gym,
    in_gym: Any,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    member = add_member()
    mail_server.refusals[member.email] = NO_SUCH_USER
    campaign = send_mail(owner, member).json()
    send_queued()
    mail_server.refusals.clear()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.get(Member, member.member_id).email_consent = "unsubscribed"
    answer = owner.post(f"{URL}/{campaign['campaign_id']}/retry").json()
    assert (answer["failed"], answer["queued"], answer["skipped"]["unsubscribed"]) == (0, 0, 1)
    assert read_messages(owner, campaign)[0]["error"] == "unsubscribed"
    send_queued()
    assert mail_server.to(member.email) == []


def test_a_retry_respects_the_week(
    owner: ApiClient, add_member: AddMember, mail_server: MailServer, send_queued: Any
) -> None:
    member = add_member()
    mail_server.refusals[member.email] = NO_SUCH_USER
    first = send_mail(owner, member).json()
    send_queued()
    mail_server.refusals.clear()
    assert send_mail(owner, member).json()["queued"] == 1, "a failed mail is no mail"
    send_queued()
    answer = owner.post(f"{URL}/{first['campaign_id']}/retry").json()
    assert (answer["failed"], answer["queued"]) == (1, 0)
    assert "7 days" in read_messages(owner, first)[0]["error"]


def test_pressing_retry_twice_queues_once(
    owner: ApiClient,
    gym: Gym,
    in_gym: Any,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    members = [add_member(), add_member()]
    for member in members:
        mail_server.refusals[member.email] = NO_SUCH_USER
    campaign = send_mail(owner, *members).json()
    send_queued()
    first, _ = read_messages(owner, campaign)
    url = f"{URL}/{campaign['campaign_id']}/retry"
    for _ in range(2):
        answer = owner.post(url, json={"message_ids": [first["message_id"]]}).json()
        assert (answer["queued"], answer["failed"]) == (1, 1)
    with in_gym(gym.gym_id) as session:
        assert session.query(OutboxItem).filter_by(notification_id=first["message_id"]).count() == 2


def test_a_retry_of_messages_of_another_campaign_is_refused(
    owner: ApiClient, add_member: AddMember
) -> None:
    one, other = send_mail(owner, add_member()).json(), send_mail(owner, add_member()).json()
    [message] = read_messages(owner, other)
    url = f"{URL}/{one['campaign_id']}/retry"
    answer = owner.post(url, json={"message_ids": [message["message_id"]]})
    assert (answer.status_code, answer.json()["code"]) == (404, "messages_not_found")


def test_campaigns_are_listed_newest_first_in_pages(
    owner: ApiClient, add_member: AddMember, clock: Clock
) -> None:
    made = []
    for index in range(3):
        clock.advance(minutes=1)
        made.append(send_mail(owner, add_member(), name=f"No. {index}").json()["campaign_id"])
    page = owner.get(URL, params={"size": 2}).json()
    assert [item["campaign_id"] for item in page["items"]] == made[::-1][:2]
    assert (page["total"], page["items"][0]["queued"]) == (3, 1)


def test_messages_come_in_pages_and_by_state(owner: ApiClient, add_member: AddMember) -> None:
    campaign = send_mail(owner, *[add_member() for _ in range(3)]).json()
    url = f"{URL}/{campaign['campaign_id']}/messages"
    page = owner.get(url, params={"size": 2, "page": 2}).json()
    assert (len(page["items"]), page["total"]) == (1, 3)
    assert owner.get(url, params={"state": "sent"}).json()["total"] == 0
    assert owner.get(url, params={"state": "lost"}).status_code == 422


def test_another_gym_sees_nothing_of_a_campaign(
    owner: ApiClient, other_owner: ApiClient, add_member: AddMember
) -> None:
    campaign = send_mail(owner, add_member()).json()
    url = f"{URL}/{campaign['campaign_id']}"
    for answer in (
        other_owner.get(url),
        other_owner.get(f"{url}/messages"),
        other_owner.post(f"{url}/retry"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "campaign_not_found")
    assert other_owner.get(URL).json()["total"] == 0


@pytest.mark.parametrize("role", [Role.RECEPTIONIST, Role.TRAINER])
def test_staff_without_the_right_see_no_campaigns(sign_in_as: SignInAs, role: Role) -> None:
    assert sign_in_as(role).get(URL).status_code == 403
