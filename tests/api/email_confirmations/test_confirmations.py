"""Nothing is mailed in a gym's name before somebody at the owner's address said so."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import urlsplit

import pytest
from fastapi import FastAPI
from sqlalchemy import func, select

from api.kit.deps import get_settings
from api.providers.email.links import LinkPurpose, make_link_token
from db.models import AddressConfirmation, Gym, Member, Notification, OutboxItem
from db.session import GymSession
from tests.factories.campaigns import URL, read_messages, send_mail
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import SECRET_KEY, ApiClient, Clock, new_name
from tests.fixtures.mail import MailServer

ME = "/api/v1/organizations/me"
ASK = f"{ME}/email-confirmation"
AddMember = Callable[..., Member]
InGym = Callable[[int], AbstractContextManager[GymSession]]


@pytest.fixture
def gym(make_gym: Callable[..., Gym]) -> Gym:
    """Its owner's address is confirmed by nobody."""
    return make_gym(is_confirmed=False)


@pytest.fixture
def read_link(mail_server: MailServer, send_queued: Any) -> Callable[[str], str]:
    """The path of the newest link mailed to an address."""

    def read(address: str) -> str:
        send_queued()
        text = mail_server.to(address)[-1].text
        [url] = re.findall(r"https?://\S+/confirm/\S+", text)
        return urlsplit(url).path

    return read


def read_reply_to(mail_server: MailServer, member: Member) -> str:
    [mail] = mail_server.to(member.email or "")
    [address] = mail.message["Reply-To"].addresses
    return str(address.addr_spec)


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_registering_mails_a_link_and_its_button_confirms_the_address(
    client: ApiClient,
    clock: Clock,
    empty_outbox: None,
    mail_server: MailServer,
    read_link: Callable[[str], str],
) -> None:
    name = new_name("riverside")
    address = f"{name}@example.com"
    account = {"name": "WIN at evil.example", "username": name, "email": address}
    made = client.post("/api/v1/auth/register", json={**account, "password": PASSWORD}).json()
    path = read_link(address)
    [mail] = mail_server.to(address)
    assert mail.message["Subject"] == "Confirm your email address"
    assert "evil.example" not in mail.content.decode(), "a stranger must read no gym's own words"
    own = {"Authorization": f"Bearer {made['access_token']}"}
    for _ in range(3):  # as scanners of mail do
        page = client.get(path)
        assert page.status_code == 200
        assert '<form method="post">' in page.text
        assert address in page.text
    client.request("HEAD", path)
    before = client.get(ME, headers=own).json()
    assert (before["email_confirmed"], before["email_ready"]) == (False, False)
    assert address in before["email_problem"]
    assert "confirmed" in client.post(path).text
    after = client.get(ME, headers=own).json()
    assert (after["email_confirmed"], after["email_ready"]) == (True, True)
    assert after["email_problem"] is None


def test_before_that_nothing_is_sent_and_it_is_said(
    owner: ApiClient, gym: Gym, add_member: AddMember, in_gym: InGym
) -> None:
    member = add_member()
    answer = send_mail(owner, member)
    assert refusal(answer) == (409, "address_not_confirmed")
    assert gym.email in answer.json()["detail"]
    assert "link" in answer.json()["detail"]
    preview = owner.post(f"{URL}/preview", json={"member_ids": [member.member_id]}).json()
    assert gym.email in preview["email_problem"]
    with in_gym(gym.gym_id) as session:
        assert session.scalar(select(func.count(Notification.campaign_id))) == 0


def test_a_failed_mail_is_not_tried_again_once_the_address_is_another(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    in_gym: InGym,
    empty_outbox: None,
    mail_server: MailServer,
    send_queued: Any,
    read_link: Callable[[str], str],
) -> None:
    owner.post(ASK)
    owner.post(read_link(gym.email))
    member = add_member()
    mail_server.refusals[member.email or ""] = "550 no such person"
    campaign = send_mail(owner, member).json()
    send_queued()
    owner.patch(ME, json={"email": f"other-{gym.email}"})
    again = owner.post(f"{URL}/{campaign['campaign_id']}/retry")
    assert refusal(again) == (409, "address_not_confirmed")
    assert read_messages(owner, campaign)[0]["state"] == "failed"


def test_a_new_address_needs_a_link_of_its_own_and_a_former_one_does_not(
    owner: ApiClient, gym: Gym, empty_outbox: None, read_link: Callable[[str], str]
) -> None:
    owner.post(ASK)
    first = read_link(gym.email)
    owner.post(first)
    changed = owner.patch(ME, json={"email": f"other-{gym.email}"}).json()
    assert (changed["email_confirmed"], changed["email_ready"]) == (False, False)
    assert owner.post(first).status_code == 200, "the used link is of the former address only"
    assert owner.get(ME).json()["email_confirmed"] is False
    second = read_link(f"other-{gym.email}")
    assert second != first
    assert owner.patch(ME, json={"email": gym.email}).json()["email_confirmed"] is True


def test_answers_go_to_a_confirmed_address_only(
    owner: ApiClient,
    gym: Gym,
    add_member: AddMember,
    empty_outbox: None,
    mail_server: MailServer,
    send_queued: Any,
    read_link: Callable[[str], str],
) -> None:
    owner.post(ASK)
    owner.post(read_link(gym.email))
    desk = f"desk-{gym.email}"
    changed = owner.patch(ME, json={"reply_to": desk}).json()
    assert (changed["email_confirmed"], changed["reply_to_confirmed"]) == (True, False)
    first, second = add_member(), add_member()
    send_mail(owner, first)
    send_queued()
    assert read_reply_to(mail_server, first) == gym.email
    owner.post(read_link(desk))
    assert owner.get(ME).json()["reply_to_confirmed"] is True
    send_mail(owner, second)
    send_queued()
    assert read_reply_to(mail_server, second) == desk


def test_no_link_goes_to_another_address_before_the_owners_is_confirmed(
    owner: ApiClient,
    gym: Gym,
    empty_outbox: None,
    mail_server: MailServer,
    send_queued: Any,
    read_link: Callable[[str], str],
) -> None:
    stranger = f"stranger-{gym.email}"
    assert owner.patch(ME, json={"reply_to": stranger}).status_code == 200
    owner.post(ASK)
    path = read_link(gym.email)
    assert mail_server.to(stranger) == []
    owner.post(path)
    owner.post(ASK)
    send_queued()
    assert len(mail_server.to(stranger)) == 1
    # Nor together with a new address of the owner's, which is confirmed by nobody.
    both = {"email": f"new-{gym.email}", "reply_to": f"other-{stranger}"}
    assert owner.patch(ME, json=both).status_code == 200
    send_queued()
    assert len(mail_server.to(both["email"])) == 1
    assert mail_server.to(both["reply_to"]) == []


def test_a_link_expires(
    owner: ApiClient, gym: Gym, clock: Clock, empty_outbox: None, read_link: Callable[[str], str]
) -> None:
    owner.post(ASK)
    path = read_link(gym.email)
    clock.advance(days=3)
    for answer in (owner.get(path), owner.post(path)):
        assert answer.status_code == 410
        assert "expired" in answer.text
    assert owner.get(ME).json()["email_confirmed"] is False


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_made_up_link_confirms_nothing(
    client: ApiClient, owner: ApiClient, gym: Gym, in_gym: InGym, method: str
) -> None:
    owner.post(ASK)
    with in_gym(gym.gym_id) as session:
        header_id = session.scalars(select(Notification.provider_id)).one()
    assert header_id is not None
    other = make_link_token(LinkPurpose.UNSUBSCRIBE, header_id, SECRET_KEY)
    for token in ("nothing", "%00", "ü", "x" * 2_000, header_id, other):
        answer = client.request(method, f"/confirm/{token}")
        assert answer.status_code in {404, 422}
    assert owner.get(ME).json()["email_confirmed"] is False


def test_only_the_hash_of_a_link_is_stored(
    owner: ApiClient,
    gym: Gym,
    ops_session: GymSession,
    empty_outbox: None,
    read_link: Callable[[str], str],
) -> None:
    owner.post(ASK)
    token = read_link(gym.email).rpartition("/")[2]
    stored = ops_session.scalars(
        select(AddressConfirmation).where(AddressConfirmation.gym_id == gym.gym_id)
    ).one()
    values = [str(getattr(stored, column.name)) for column in stored.__table__.columns]
    assert not [value for value in values if token in value]


def test_five_links_a_day_are_the_most_however_they_are_asked_for(
    owner: ApiClient, gym: Gym, clock: Clock, in_gym: InGym
) -> None:
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: owner.post(ASK), range(10)))
    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [429] * 5
    late = next(answer for answer in answers if answer.status_code == 429)
    assert int(late.headers["Retry-After"]) > 3_600
    changed = owner.patch(ME, json={"email": f"stranger-{gym.email}"})
    assert changed.status_code == 200
    with in_gym(gym.gym_id) as session:
        assert session.scalar(select(func.count()).select_from(OutboxItem)) == 5
    clock.advance(hours=25)
    assert owner.post(ASK).json()["address"] == f"stranger-{gym.email}"


def test_what_is_confirmed_is_not_asked_for_again(
    owner: ApiClient, gym: Gym, empty_outbox: None, read_link: Callable[[str], str]
) -> None:
    owner.post(ASK)
    owner.post(read_link(gym.email))
    assert refusal(owner.post(ASK)) == (409, "nothing_to_confirm")


def test_while_mail_is_not_set_up_no_link_is_pretended(
    api_app: FastAPI, api_settings: Any, owner: ApiClient, client: ApiClient, in_gym: InGym
) -> None:
    off = api_settings.model_copy(update={"smtp_host": None})
    api_app.dependency_overrides[get_settings] = lambda: off
    assert refusal(owner.post(ASK)) == (409, "email_not_configured")
    name = new_name("riverside")
    account = {"name": "Riverside", "username": name, "email": f"{name}@example.com"}
    made = client.post("/api/v1/auth/register", json={**account, "password": PASSWORD}).json()
    own = {"Authorization": f"Bearer {made['access_token']}"}
    assert "SMTP_HOST" in client.get(ME, headers=own).json()["email_problem"]
    with in_gym(made["gym_id"]) as session:
        assert session.scalar(select(func.count()).select_from(OutboxItem)) == 0


def test_a_link_that_could_not_be_delivered_is_said(
    owner: ApiClient, gym: Gym, empty_outbox: None, mail_server: MailServer, send_queued: Any
) -> None:
    mail_server.refusals[gym.email] = "550 5.1.1 no such user"
    owner.post(ASK)
    send_queued()
    problem = owner.get(ME).json()["email_problem"]
    assert "could not be delivered" in problem
    assert "no such user" in problem


def test_a_link_to_an_address_that_was_corrected_is_not_sent(
    owner: ApiClient, gym: Gym, empty_outbox: None, mail_server: MailServer, send_queued: Any
) -> None:
    owner.post(ASK)
    owner.patch(ME, json={"email": f"right-{gym.email}"})
    send_queued()
    assert mail_server.to(gym.email) == []
    assert len(mail_server.to(f"right-{gym.email}")) == 1


def test_a_page_needs_nothing_from_elsewhere_and_its_address_stays_here(client: ApiClient) -> None:
    headers = client.get("/confirm/nothing").headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
