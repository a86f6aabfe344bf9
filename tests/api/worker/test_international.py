"""Addresses beyond ASCII, from the record to the mail server, with and without SMTPUTF8."""

from collections.abc import Callable
from typing import Any

import pytest

from db.models import Gym, Member, Role
from tests.factories.campaigns import read_campaign, read_messages, send_mail
from tests.fixtures.api import ApiClient, new_name
from tests.fixtures.mail import MailServer

AddMember = Callable[..., Member]

pytestmark = pytest.mark.usefixtures("empty_outbox")


@pytest.fixture
def gym(make_gym: Callable[..., Gym]) -> Gym:
    """Its owner has an address that ordinary SMTP cannot carry."""
    return make_gym(email=f"josé-{new_name('o')}@example.com")


@pytest.fixture
def mail_server(request: pytest.FixtureRequest) -> Any:
    server = MailServer(is_international=getattr(request, "param", True))
    server.start()
    yield server
    server.stop()


@pytest.mark.parametrize("mail_server", [True, False], indirect=True)
def test_an_owners_address_beyond_ascii_breaks_no_mail(
    owner: ApiClient, gym: Gym, add_member: AddMember, mail_server: MailServer, send_queued: Any
) -> None:
    member = add_member()
    campaign = send_mail(owner, member).json()
    send_queued()
    assert read_campaign(owner, campaign)["sent"] == 1
    [mail] = mail_server.mails
    assert mail.message["Reply-To"] is None
    assert f"To answer, write to {gym.email}." in mail.text
    assert gym.email in mail.html
    assert mail.content.isascii()


def test_an_address_beyond_ascii_is_mailed_where_the_server_can(
    owner: ApiClient, gym: Gym, add_member: AddMember, mail_server: MailServer, send_queued: Any
) -> None:
    member = add_member(email="José@exämple.com")
    other = add_member(email="用户@例子.com")
    campaign = send_mail(owner, member, other).json()
    assert campaign["queued"] == 2
    send_queued()
    assert read_campaign(owner, campaign)["sent"] == 2
    assert {mail.recipients[0] for mail in mail_server.mails} == {
        "José@xn--exmple-cua.com",
        "用户@xn--fsqu00a.com",
    }
    assert "José@xn--exmple-cua.com".encode() in mail_server.mails[0].content
    assert gym.email in mail_server.mails[0].message["Reply-To"]


@pytest.mark.parametrize("mail_server", [False], indirect=True)
def test_where_it_cannot_that_mail_fails_with_the_reason_and_the_others_go(
    owner: ApiClient, add_member: AddMember, mail_server: MailServer, send_queued: Any
) -> None:
    members = [add_member(email="José@exämple.com"), add_member(email="mia@exämple.com")]
    campaign = send_mail(owner, *members).json()
    send_queued()
    first, second = read_messages(owner, campaign)
    assert (first["state"], second["state"]) == ("failed", "sent")
    assert "SMTPUTF8" in first["error"]
    assert mail_server.mails[0].recipients == ["mia@xn--exmple-cua.com"]


@pytest.mark.parametrize("mail_server", [False], indirect=True)
def test_an_owner_who_cannot_be_mailed_is_told_so(
    make_gym: Callable[..., Gym], sign_in_as: Any, mail_server: MailServer, send_queued: Any
) -> None:
    gym = make_gym(email=f"josé-{new_name('o')}@example.com", is_confirmed=False)
    owner = sign_in_as(Role.OWNER, gym=gym)
    assert owner.post("/api/v1/organizations/me/email-confirmation").status_code == 202
    send_queued()
    found = owner.get("/api/v1/organizations/me").json()
    assert found["email_ready"] is False
    assert "SMTPUTF8" in found["email_problem"]
