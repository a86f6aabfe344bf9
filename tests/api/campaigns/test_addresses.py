"""Consent, unsubscribing and the weekly limit hold for an address, whichever record has it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import pytest

from db.member_facts import write_freely
from db.models import Gym, Member, Notification
from db.session import GymSession
from tests.factories.campaigns import read_campaign, send_mail
from tests.fixtures.api import ApiClient, Clock
from tests.fixtures.mail import MailServer

AddMember = Callable[..., Member]
InGym = Callable[[int], AbstractContextManager[GymSession]]
MEMBERS = "/api/v1/members"

pytestmark = pytest.mark.usefixtures("empty_outbox")


@pytest.fixture
def address(
    client: ApiClient,
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
    in_gym: InGym,
) -> str:
    """An address that unsubscribed; the record it did so at has another address now."""
    member = add_member(email="Mia.Kay@example.com")
    send_mail(owner, member)
    send_queued()
    [mail] = mail_server.mails
    client.post(urlsplit(mail.message["List-Unsubscribe"].strip("<>")).path)
    with in_gym(member.gym_id) as session:
        write_freely(session)
        session.get_one(Member, member.member_id).email = "elsewhere@example.com"
    return "mia.kay@EXAMPLE.com"


def skipped(answer: Any) -> dict[str, int]:
    return {why: count for why, count in answer.json()["skipped"].items() if count}


def make(owner: ApiClient, **over: Any) -> Any:
    return owner.post(MEMBERS, json={"name": "Second Record", "email_consent": True, **over})


def test_a_new_record_of_an_address_that_unsubscribed_is_not_written_to(
    owner: ApiClient, address: str
) -> None:
    made = make(owner, email=address).json()
    assert made["email_consent"] == "unsubscribed"
    assert made["email_consent_source"] == "the same address unsubscribed"
    [member] = [made["member_id"]]
    answer = owner.post("/api/v1/campaigns", json={"member_ids": [member], "subject": "Hello",
                                                   "body": "See you"})  # fmt: skip
    assert skipped(answer) == {"unsubscribed": 1}


def test_nor_one_that_gets_the_address_later_and_staff_cannot_tick_it_back(
    owner: ApiClient, address: str
) -> None:
    made = make(owner, email="fresh@example.com").json()
    assert made["email_consent"] == "given"
    path = f"{MEMBERS}/{made['member_id']}"
    changed = owner.patch(path, json={"email": address}).json()
    assert changed["email_consent"] == "unsubscribed"
    for change in ({"email_consent": True}, {"email_consent": True, "email": "new@example.com"}):
        refused = owner.patch(path, json=change)
        assert (refused.status_code, refused.json()["code"]) == (409, "unsubscribed")
    # Nor by way of a refusal, which staff could turn into a yes.
    assert (
        owner.patch(path, json={"email_consent": False}).json()["email_consent"] == "unsubscribed"
    )
    assert owner.get(path).json()["email"].lower() == address.lower()


def test_nor_by_the_portuguese_route_or_a_file(owner: ApiClient, address: str) -> None:
    body = {"nome": "Segunda Ficha", "email": address, "aceita_email": True}
    assert owner.post("/aluno/registro", json=body).status_code == 201
    lines = ["number,name,email,consent", f"77,Third Record,{address},yes"]
    for _ in range(2):
        answer = owner.post(
            "/api/v1/imports",
            data={"kind": "members"},
            files={"file": ("members.csv", "\n".join(lines).encode(), "text/csv")},
        )
        assert answer.status_code == 201, answer.text
    found = owner.get(MEMBERS, params={"size": 50}).json()["items"]
    consents = [owner.get(f"{MEMBERS}/{item['member_id']}").json() for item in found]
    assert {
        one["email_consent"] for one in consents if one["email"].lower() == address.lower()
    } == {"unsubscribed"}
    assert len(consents) == 3


def test_a_row_that_says_otherwise_does_not_count(
    owner: ApiClient, address: str, add_member: AddMember
) -> None:
    member = add_member(email=address)  # as a way in would write it that forgot to ask
    assert skipped(send_mail(owner, member)) == {"unsubscribed": 1}


def test_nor_for_a_worker(
    owner: ApiClient,
    add_member: AddMember,
    address: str,
    in_gym: InGym,
    gym: Gym,
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    member = add_member()
    campaign = send_mail(owner, member).json()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.get_one(Member, member.member_id).email = address
    sent = len(mail_server.mails)
    send_queued()
    assert len(mail_server.mails) == sent
    assert read_campaign(owner, campaign)["skipped"]["unsubscribed"] == 1


def test_whoever_unsubscribed_takes_it_back_by_the_same_link_and_nobody_else_can(
    client: ApiClient,
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
    clock: Clock,
) -> None:
    member = add_member()
    send_mail(owner, member)
    send_queued()
    path = urlsplit(mail_server.mails[0].message["List-Unsubscribe"].strip("<>")).path
    page = client.post(path)
    assert f'action="{path.rpartition("/")[2]}/again"' in page.text
    assert client.get(f"{path}/again").status_code == 405
    assert "again" in client.post(f"{path}/again").text
    found = owner.get(f"{MEMBERS}/{member.member_id}").json()
    assert (found["email_consent"], found["email_consent_source"]) == (
        "given",
        "taken back at the unsubscribe link",
    )
    clock.advance(days=8)
    assert send_mail(owner, member).json()["queued"] == 1
    # A refusal that was none of theirs to take back stays.
    owner.patch(f"{MEMBERS}/{member.member_id}", json={"email_consent": False})
    client.post(f"{path}/again")
    assert owner.get(f"{MEMBERS}/{member.member_id}").json()["email_consent"] == "refused"


def test_a_family_of_one_address_gets_one_mail_a_campaign_and_a_week(
    owner: ApiClient,
    add_member: AddMember,
    clock: Clock,
    mail_server: MailServer,
    send_queued: Any,
) -> None:
    spellings = ["smith@example.com", "SMITH@example.com", "Smith@EXAMPLE.COM"]
    family = [add_member(email=spelling) for spelling in spellings]
    answer = send_mail(owner, *family)
    assert (answer.json()["queued"], skipped(answer)) == (1, {"same_address": 2})
    assert skipped(send_mail(owner, *family[1:])) == {"mailed_this_week": 2}, "while it is queued"
    send_queued()
    assert len(mail_server.mails) == 1
    clock.advance(days=6)
    assert skipped(send_mail(owner, *family)) == {"mailed_this_week": 3}
    clock.advance(days=2)
    assert send_mail(owner, *family).json()["queued"] == 1


def test_also_when_they_are_written_to_at_the_same_moment(
    owner: ApiClient, add_member: AddMember
) -> None:
    family = [add_member(email="smith@example.com") for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda member: send_mail(owner, member), family))
    assert sum(answer.json()["queued"] for answer in answers) == 1


@pytest.mark.parametrize("first", [0, 1])
def test_an_address_corrected_after_queueing_gets_no_second_mail(
    owner: ApiClient,
    add_member: AddMember,
    in_gym: InGym,
    gym: Gym,
    mail_server: MailServer,
    send_queued: Any,
    first: int,
) -> None:
    members = [add_member(), add_member()]
    campaign = send_mail(owner, *members).json()
    with in_gym(gym.gym_id) as session:
        write_freely(session)
        session.get_one(Member, members[first].member_id).email = members[1 - first].email
    send_queued()
    assert len(mail_server.mails) == 1
    after = read_campaign(owner, campaign)
    assert (after["sent"], after["skipped"]["mailed_this_week"]) == (1, 1)


def test_failed_mails_to_one_address_are_tried_again_once(
    owner: ApiClient, add_member: AddMember, in_gym: InGym, gym: Gym
) -> None:
    members = [add_member(), add_member()]
    campaign = send_mail(owner, *members).json()
    with in_gym(gym.gym_id) as session:
        session.query(Notification).update({"state": "failed", "error": "550"})
        write_freely(session)
        session.get_one(Member, members[1].member_id).email = members[0].email
    again = owner.post(f"/api/v1/campaigns/{campaign['campaign_id']}/retry").json()
    assert (again["queued"], again["failed"]) == (1, 1)
