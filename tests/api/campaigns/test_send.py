"""POST /campaigns: who is written to, who is left out and why, and what is refused."""

from collections.abc import Callable
from typing import Any

import pytest

from db.models import Gym, Member
from tests.factories.members import create_member
from tests.fixtures.api import ApiClient
from tests.fixtures.mail import MailServer

TEXT = {"subject": "We miss you at {{gym}}", "body": "Hi {{first_name}},\n\nsee you?\n\n{{gym}}"}
URL = "/api/v1/campaigns"


@pytest.fixture
def add_member(in_gym: Any, gym: Gym) -> Callable[..., Member]:
    def add(**over: Any) -> Member:
        with in_gym(gym.gym_id) as session:
            return create_member(session, gym=gym, **over)

    return add


def send(caller: ApiClient, *members: Member, **over: Any) -> Any:
    ids = [member.member_id for member in members]
    headers = over.pop("headers", None)
    return caller.post(URL, json={"member_ids": ids, **TEXT, **over}, headers=headers)


def test_d_g3_3_a_mail_written_through_the_api_arrives_once_with_the_right_headers(
    owner: ApiClient,
    gym: Gym,
    add_member: Callable[..., Member],
    mail_server: MailServer,
    send_queued: Callable[[], None],
) -> None:
    member = add_member(name="Paula Dias")
    answer = send(owner, member)
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
    campaign = owner.get(f"{URL}/{answer.json()['campaign_id']}").json()
    assert (campaign["state"], campaign["sent"], campaign["queued"]) == ("done", 1, 0)
