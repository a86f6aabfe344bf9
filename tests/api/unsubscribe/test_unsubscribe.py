"""The link in every mail: works without signing in, and only when somebody means it."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from db.member_facts import write_freely
from db.models import Gym, Member, Notification
from tests.factories.campaigns import read_campaign, send_mail
from tests.fixtures.api import NOON, ApiClient, Clock
from tests.fixtures.mail import MailServer

AddMember = Callable[..., Member]
ReadMember = Callable[[Member], Member]


@pytest.fixture
def read_member(in_gym: Any) -> ReadMember:
    def read(member: Member) -> Member:
        with in_gym(member.gym_id) as session:
            found = session.get(Member, member.member_id)
            assert found is not None
            return found

    return read


@pytest.fixture
def get_mailed(
    owner: ApiClient, mail_server: MailServer, send_queued: Any
) -> Callable[[Member], str]:
    """Mails a member; answers the path in the mail's List-Unsubscribe."""

    def get(member: Member) -> str:
        send_mail(owner, member)
        send_queued()
        [mail] = mail_server.to(member.email or "")
        return urlsplit(mail.message["List-Unsubscribe"].strip("<>")).path

    return get


def test_looking_at_the_page_changes_nothing(
    client: ApiClient, add_member: AddMember, read_member: ReadMember, get_mailed: Any, gym: Gym
) -> None:
    member = add_member()
    path = get_mailed(member)
    for _ in range(3):
        page = client.get(path)
        assert page.status_code == 200
        assert gym.name in page.text
        assert '<form method="post">' in page.text
    client.request("HEAD", path)
    assert read_member(member).email_consent == "given"


def test_one_click_stops_mails_without_signing_in(
    client: ApiClient, add_member: AddMember, read_member: ReadMember, get_mailed: Any
) -> None:
    member = add_member()
    path = get_mailed(member)
    answer = client.post(path, data={"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert "unsubscribed" in answer.text
    after = read_member(member)
    assert after.email_consent == "unsubscribed"
    assert after.email_consent_source == "unsubscribe link"
    assert after.email_consent_at == NOON


def test_doing_it_again_changes_nothing(
    client: ApiClient,
    add_member: AddMember,
    read_member: ReadMember,
    get_mailed: Any,
    clock: Clock,
) -> None:
    member = add_member()
    path = get_mailed(member)
    client.post(path)
    clock.advance(days=1)
    assert client.post(path).status_code == 200
    assert "unsubscribed" in client.get(path).text
    assert read_member(member).email_consent_at == NOON


def test_who_unsubscribed_is_left_out_of_the_next_send(
    client: ApiClient, owner: ApiClient, add_member: AddMember, get_mailed: Any
) -> None:
    member, other = add_member(), add_member()
    client.post(get_mailed(member))
    answer = send_mail(owner, member, other).json()
    assert (answer["queued"], answer["skipped"]["unsubscribed"]) == (1, 1)


def test_who_unsubscribed_does_not_get_what_was_queued(
    client: ApiClient,
    owner: ApiClient,
    add_member: AddMember,
    mail_server: MailServer,
    send_queued: Any,
    clock: Clock,
    get_mailed: Any,
    in_gym: Any,
) -> None:
    member = add_member()
    path = get_mailed(member)
    with in_gym(member.gym_id) as session:  # the week is over
        session.query(Notification).update({"sent_at": None, "state": "failed"})
    campaign = send_mail(owner, member).json()
    assert campaign["queued"] == 1
    client.post(path)
    send_queued()
    assert len(mail_server.to(member.email or "")) == 1
    campaign = read_campaign(owner, campaign)
    assert (campaign["sent"], campaign["skipped"]["unsubscribed"]) == (0, 1)


def test_others_at_the_same_address_are_left_alone_too_but_only_in_this_gym(
    client: ApiClient,
    other_gym: Gym,
    add_member: AddMember,
    read_member: ReadMember,
    get_mailed: Any,
) -> None:
    member = add_member()
    twin = add_member(email=(member.email or "").upper())
    elsewhere = add_member(gym=other_gym, email=member.email)
    stranger = add_member()
    client.post(get_mailed(member))
    consents = [read_member(who).email_consent for who in (twin, elsewhere, stranger)]
    assert consents == ["unsubscribed", "given", "given"]


def test_the_page_says_it_is_stopped_where_the_refusal_is_older(
    client: ApiClient,
    owner: ApiClient,
    add_member: AddMember,
    read_member: ReadMember,
    get_mailed: Any,
) -> None:
    member = add_member()
    path = get_mailed(member)
    address = f"/api/v1/members/{member.member_id}"
    assert owner.patch(address, json={"email_consent": False}).status_code == 200
    assert '<form method="post">' in client.get(path).text
    client.post(path)
    assert read_member(member).email_consent == "refused"
    assert "unsubscribed" in client.get(path).text


def test_and_where_they_used_the_link_of_a_later_mail_to_another_address(
    client: ApiClient, owner: ApiClient, add_member: AddMember, get_mailed: Any, clock: Clock
) -> None:
    member = add_member()
    path = get_mailed(member)
    clock.advance(days=8)  # or there would be no second mail yet
    member.email = "new@example.com"
    body = {"email": member.email}
    assert owner.patch(f"/api/v1/members/{member.member_id}", json=body).status_code == 200
    client.post(get_mailed(member))
    assert "unsubscribed" in client.get(path).text


def test_a_refusal_made_before_the_unsubscribing_is_still_one_after_it_is_taken_back(
    client: ApiClient,
    owner: ApiClient,
    add_member: AddMember,
    read_member: ReadMember,
    get_mailed: Any,
) -> None:
    member = add_member()
    first, second, third = (
        add_member(email=member.email, number=number, email_consent="refused")
        for number in ("81", "82", "83")
    )
    path = get_mailed(member)
    client.post(path)
    # Nor does a change at the desk or a file make anything else of it meanwhile.
    changed = owner.patch(f"/api/v1/members/{second.member_id}", json={"phone": "12345"})
    assert changed.status_code == 200
    refused = owner.patch(f"/api/v1/members/{second.member_id}", json={"email_consent": True})
    assert refused.status_code == 409
    file = ("members.csv", b"number,consent\n83,yes\n", "text/csv")
    answer = owner.post("/api/v1/imports", data={"kind": "members"}, files={"file": file})
    assert answer.status_code == 201
    client.post(f"{path}/again")
    consents = [read_member(who).email_consent for who in (member, first, second, third)]
    assert consents == ["given", "refused", "refused", "refused"]


def test_taking_it_back_is_consent_of_nobody_else(
    client: ApiClient, add_member: AddMember, read_member: ReadMember, get_mailed: Any
) -> None:
    member = add_member()
    unasked, given = (
        add_member(email=member.email, email_consent=was) for was in ("unknown", "given")
    )
    path = get_mailed(member)
    client.post(path)
    client.post(f"{path}/again")
    consents = [read_member(who).email_consent for who in (member, unasked, given)]
    assert consents == ["given", "unknown", "unknown"]


def test_taking_it_back_is_dated_and_says_how(
    client: ApiClient,
    add_member: AddMember,
    read_member: ReadMember,
    get_mailed: Any,
    clock: Clock,
) -> None:
    member = add_member()
    twin = add_member(email=member.email)
    path = get_mailed(member)
    client.post(path)
    clock.advance(days=1)
    client.post(f"{path}/again")
    for who in (member, twin):
        after = read_member(who)
        assert after.email_consent_source == "taken back at the unsubscribe link"
        assert after.email_consent_at == clock.now


def test_taking_it_back_lets_mail_to_no_other_address(
    client: ApiClient, owner: ApiClient, add_member: AddMember, get_mailed: Any
) -> None:
    """Not even to one that no record has any more."""
    member, other = add_member(), add_member()
    path, path_of_other = get_mailed(member), get_mailed(other)
    client.post(path)
    client.post(path_of_other)
    moved = owner.patch(f"/api/v1/members/{other.member_id}", json={"email": "new@example.com"})
    assert moved.status_code == 200
    client.post(f"{path}/again")
    for address, consent in ((member.email, "given"), (other.email, "unsubscribed")):
        body = {"name": "Mia", "email": address, "email_consent": True}
        assert owner.post("/api/v1/members", json=body).json()["email_consent"] == consent


def test_nor_of_the_member_once_they_have_another_address(
    client: ApiClient,
    add_member: AddMember,
    read_member: ReadMember,
    get_mailed: Any,
    in_gym: Any,
) -> None:
    member = add_member()
    path = get_mailed(member)
    client.post(path)
    with in_gym(member.gym_id) as session:
        write_freely(session)
        session.get_one(Member, member.member_id).email = "elsewhere@example.com"
    client.post(f"{path}/again")
    assert read_member(member).email_consent == "unsubscribed"


@pytest.mark.parametrize(
    "token", ["x" * 43, "short", "%F0%9F%92%AA", "a" * 1_500, "..%2F..", "' or 1=1 --"]
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_link_of_no_mail_is_refused_with_a_page(
    client: ApiClient, token: str, method: str
) -> None:
    answer = client.request(method, f"/u/{token}")
    assert answer.status_code == 404
    if "%2F" not in token:
        assert "does not work" in answer.text


def test_the_page_may_load_nothing_and_is_kept_nowhere(
    client: ApiClient, add_member: AddMember, get_mailed: Any
) -> None:
    path = get_mailed(add_member())
    for page in (client.get(path), client.post(path), client.get("/u/nothing")):
        policy = page.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["cache-control"] == "no-store"
        assert page.headers["referrer-policy"] == "no-referrer"
        assert page.headers["content-type"].startswith("text/html")
        assert "<script" not in page.text


def test_a_gym_cannot_put_markup_on_the_page(
    client: ApiClient, add_member: AddMember, get_mailed: Any, in_gym: Any, gym: Gym
) -> None:
    path = get_mailed(add_member())
    with in_gym(gym.gym_id) as session:
        session.get(Gym, gym.gym_id).name = "<img src=x onerror=alert(1)>"
    assert "<img" not in client.get(path).text
    assert "<img" not in client.post(path).text


def test_the_database_holds_no_token(
    add_member: AddMember, get_mailed: Any, in_gym: Any, gym: Gym
) -> None:
    token = get_mailed(add_member()).rsplit("/", 1)[1]
    with in_gym(gym.gym_id) as session:
        stored = session.query(Notification).filter_by(gym_id=gym.gym_id).one()
        assert all(token not in str(value) for value in vars(stored).values())
