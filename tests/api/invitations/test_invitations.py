"""An account comes from a mailed link, once, with a password that nobody else ever had."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from typing import Any

import pytest
from sqlalchemy import func, select

from api.invitations.service import INVITATIONS_A_DAY
from api.kit.deps import get_settings
from db.models import Gym, Invitation, Member, MemberAccount, Notification, Role, User
from db.session import GymSession
from tests.factories.gyms import PASSWORD, new_mark
from tests.fixtures.api import ApiClient, Clock
from tests.fixtures.mail import MailServer

URL = "/api/v1/invitations"
InGym = Callable[[int], AbstractContextManager[GymSession]]
Invite = Callable[..., str]
AddMember = Callable[..., Member]


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def new_address() -> str:
    return f"rita-{new_mark()}@example.com"


def accept(client: ApiClient, token: str, **over: Any) -> Any:
    body = {"token": token, "name": "Rita Costa", "password": PASSWORD} | over
    return client.post(f"{URL}/accept", json=body)


@pytest.fixture
def invite(
    owner: ApiClient, empty_outbox: None, mail_server: MailServer, send_queued: Any
) -> Invite:
    """Invites, and returns the token of the mail that arrived."""

    def invite(email: str, role: str = "receptionist", **more: Any) -> str:
        made = owner.post(URL, json={"email": email, "role": role, **more})
        assert made.status_code == 201, made.text
        send_queued()
        [token] = re.findall(r"/auth/invitation#(\S+)", mail_server.to(email)[-1].text)
        return str(token)

    return invite


def test_d_ff_9_there_is_no_account_and_no_password_before_somebody_chooses_one(
    client: ApiClient, owner: ApiClient, gym: Gym, invite: Invite, mail_server: MailServer
) -> None:
    address = new_address()
    token = invite(address)
    [mail] = mail_server.to(address)
    assert gym.name in mail.message["Subject"]
    assert "a receptionist" in mail.text
    assert "72 hours" in mail.text
    login = {"email": address, "password": PASSWORD}
    for password in (PASSWORD, "changeMe123", "defaultPassword123", token):
        tried = client.post("/api/v1/auth/login", json=login | {"password": password})
        assert tried.status_code == 401
    shown = client.post(f"{URL}/preview", json={"token": token}).json()
    assert (shown["gym_name"], shown["email"], shown["role"]) == (gym.name, address, "receptionist")
    made = accept(client, token)
    assert made.status_code == 201, made.text
    signed_in = client.post("/api/v1/auth/login", json=login).json()
    bearer = {"Authorization": f"Bearer {signed_in['access_token']}"}
    me = client.get("/api/v1/auth/me", headers=bearer).json()
    assert (me["role"], me["gym"]["gym_id"], me["name"]) == (
        "receptionist",
        gym.gym_id,
        "Rita Costa",
    )
    assert owner.get(URL).json()["items"] == []


def test_the_secret_is_in_the_mail_alone(
    client: ApiClient, owner: ApiClient, gym: Gym, invite: Invite, in_gym: InGym
) -> None:
    token = invite(new_address())
    assert token not in owner.get(URL).text
    with in_gym(gym.gym_id) as session:
        stored = session.scalars(select(Invitation)).one()
        assert token not in (stored.token_hash, repr(stored))
        assert len(stored.token_hash) == 64
        mail = session.scalars(select(Notification)).one()
        assert token not in f"{mail.payload} {mail.dedupe_key} {mail.provider_id}"


def test_many_who_accept_at_once_make_one_user(
    client: ApiClient, gym: Gym, invite: Invite, in_gym: InGym
) -> None:
    address = new_address()
    token = invite(address)
    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(lambda _: accept(client, token), range(32)))
    assert sorted(answer.status_code for answer in answers) == [201] + [404] * 31
    with in_gym(gym.gym_id) as session:
        users = select(func.count()).select_from(User).where(User.email == address)
        assert session.scalar(users) == 1


def test_unknown_used_revoked_replaced_and_expired_links_answer_alike(
    client: ApiClient, owner: ApiClient, invite: Invite, clock: Clock
) -> None:
    used, revoked, replaced, expired = (new_address() for _ in range(4))
    tokens = {"unknown": "x" * 43, "odd": "ü%00"}
    tokens["used"] = invite(used)
    accept(client, tokens["used"])
    tokens["revoked"] = invite(revoked)
    [listed] = owner.get(URL).json()["items"]
    assert owner.delete(f"{URL}/{listed['invitation_id']}").status_code == 204
    tokens["replaced"] = invite(replaced)
    newest = invite(replaced.replace("rita", "RITA"))
    tokens["expired"] = invite(expired)
    assert accept(client, newest).status_code == 201
    clock.advance(hours=72)
    answers = [
        client.post(f"{URL}/{path}", json=body)
        for token in tokens.values()
        for path, body in (
            ("preview", {"token": token}),
            ("accept", {"token": token, "name": "Rita", "password": PASSWORD}),
        )
    ]
    assert {refusal(answer) for answer in answers} == {(404, "invitation_not_open")}
    assert len({answer.json()["detail"] for answer in answers}) == 1
    [left] = owner.get(URL).json()["items"]
    assert (left["email"], left["is_expired"]) == (expired, True)


def test_looking_at_a_link_changes_nothing(client: ApiClient, invite: Invite) -> None:
    """Scanners of mail open every link."""
    token = invite(new_address())
    for _ in range(3):
        assert client.post(f"{URL}/preview", json={"token": token}).status_code == 200
        assert client.get(f"{URL}/accept").status_code == 405
    assert accept(client, token).status_code == 201


@pytest.mark.parametrize("field", ["role", "gym_id", "email", "member_id", "is_active"])
def test_d_ff_4_accepting_chooses_neither_role_nor_gym(
    client: ApiClient, invite: Invite, field: str
) -> None:
    token = invite(new_address())
    assert accept(client, token, **{field: "owner"}).status_code == 422


@pytest.mark.parametrize("role", ["owner", "super_admin", "boss"])
def test_d_ff_4_nobody_is_invited_as_more_than_an_admin(owner: ApiClient, role: str) -> None:
    assert owner.post(URL, json={"email": new_address(), "role": role}).status_code == 422


def test_an_address_that_signs_in_anywhere_is_not_invited_and_no_gym_is_named(
    owner: ApiClient, gym: Gym, other_gym: Gym, other_owner: ApiClient
) -> None:
    own, foreign = (
        owner.post(URL, json={"email": email, "role": "trainer"})
        for email in (gym.email, other_gym.email.upper())
    )
    assert refusal(own) == refusal(foreign) == (409, "address_taken")
    assert own.json()["detail"] == foreign.json()["detail"]
    assert other_gym.name not in foreign.text


def test_an_address_that_was_invited_by_two_gyms_belongs_to_the_first_that_is_accepted(
    client: ApiClient, other_owner: ApiClient, invite: Invite, mail_server: MailServer,
    send_queued: Any,
) -> None:  # fmt: skip
    address = new_address()
    first = invite(address)
    other_owner.post(URL, json={"email": address, "role": "admin"})
    send_queued()
    [second] = re.findall(r"/auth/invitation#(\S+)", mail_server.to(address)[-1].text)
    assert accept(client, second).status_code == 201
    assert refusal(accept(client, first)) == (409, "address_taken")


def test_a_member_is_invited_to_one_account(
    client: ApiClient, owner: ApiClient, add_member: AddMember, invite: Invite, in_gym: InGym,
    gym: Gym,
) -> None:  # fmt: skip
    member = add_member()
    first, second = new_address(), new_address()
    tokens = [invite(one, "member", member_id=member.member_id) for one in (first, second)]
    made = accept(client, tokens[0]).json()
    assert made["role"] == "member"
    with in_gym(gym.gym_id) as session:
        account = session.get_one(MemberAccount, made["user_id"])
        assert account.member_id == member.member_id
    assert refusal(accept(client, tokens[1])) == (409, "member_has_account")
    again = owner.post(
        URL, json={"email": new_address(), "role": "member", "member_id": member.member_id}
    )
    assert refusal(again) == (409, "member_has_account")


@pytest.mark.parametrize("body", [{"role": "member"}, {"role": "trainer", "member_id": 1}])
def test_a_member_belongs_to_the_role_member_and_to_no_other(
    owner: ApiClient, body: dict[str, Any]
) -> None:
    assert owner.post(URL, json={"email": new_address(), **body}).status_code == 422


def test_only_a_gym_whose_owner_confirmed_an_address_writes_to_strangers(
    make_gym: Callable[..., Gym], sign_in_as: Any
) -> None:
    owner = sign_in_as(Role.OWNER, gym=make_gym(is_confirmed=False))
    answer = owner.post(URL, json={"email": new_address(), "role": "trainer"})
    assert refusal(answer) == (409, "address_not_confirmed")


def test_a_platform_without_mail_says_so(owner: ApiClient, api_app: Any) -> None:
    settings = api_app.state.settings.model_copy(update={"smtp_host": None})
    api_app.dependency_overrides[get_settings] = lambda: settings
    answer = owner.post(URL, json={"email": new_address(), "role": "trainer"})
    assert refusal(answer) == (409, "email_not_configured")


def test_a_gym_invites_so_many_people_a_day(
    owner: ApiClient, gym: Gym, in_gym: InGym, clock: Clock
) -> None:
    with in_gym(gym.gym_id) as session:
        session.add_all(
            Invitation(
                gym_id=gym.gym_id,
                email=new_address(),
                role=Role.TRAINER,
                token_hash=new_mark(),
                invited_by=owner.user.user_id,
                created_at=clock.now,
                expires_at=clock.now,
            )
            for _ in range(INVITATIONS_A_DAY)
        )
    body = {"email": new_address(), "role": "trainer"}
    refused = owner.post(URL, json=body)
    assert refusal(refused) == (429, "too_many_invitations")
    assert int(refused.headers["Retry-After"]) > 3600 * 23
    clock.advance(days=1)
    assert owner.post(URL, json=body).status_code == 201


def test_a_revoked_invitation_is_not_mailed(
    owner: ApiClient, empty_outbox: None, mail_server: MailServer, send_queued: Any
) -> None:
    address = new_address()
    made = owner.post(URL, json={"email": address, "role": "trainer"}).json()
    owner.delete(f"{URL}/{made['invitation_id']}")
    send_queued()
    assert mail_server.to(address) == []


def test_guessing_links_ends_soon(client: ApiClient) -> None:
    """D-FF-31."""
    for _ in range(100):
        client.post(f"{URL}/preview", json={"token": "guess"})
    assert client.post(f"{URL}/preview", json={"token": "guess"}).status_code == 429
