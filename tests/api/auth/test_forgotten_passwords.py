"""A new password by a mailed link: nobody learns who has an account, and a link works once."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from api.auth import forgotten_passwords
from api.kit.deps import get_settings
from db.models import Gym, Role
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import ApiClient, Clock, SignInAs
from tests.fixtures.mail import MailServer

FORGOT, RESET = "/api/v1/auth/password/forgot", "/api/v1/auth/password/reset"
NEW = "a new and longer one"
ReadLink = Callable[[str], str]


def sign_in(client: ApiClient, email: str, password: str) -> Any:
    return client.post("/api/v1/auth/login", json={"email": email, "password": password})


def choose(client: ApiClient, token: str, password: str = NEW) -> Any:
    return client.post(RESET, json={"token": token, "new_password": password})


def refusal(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each answer would have waited."""
    waited: list[float] = []
    monkeypatch.setattr(forgotten_passwords.time, "sleep", waited.append)
    return waited


@pytest.fixture
def read_link(
    client: ApiClient, empty_outbox: None, mail_server: MailServer, send_queued: Any
) -> ReadLink:
    """Forgets the password, and returns the token that arrived."""

    def read(email: str) -> str:
        assert client.post(FORGOT, json={"login": email}).status_code == 202
        send_queued()
        [token] = re.findall(r"/auth/reset#(\S+)", mail_server.to(email)[-1].text)
        return str(token)

    return read


@pytest.mark.parametrize("role", [Role.OWNER, Role.TRAINER, Role.MEMBER])
def test_a_new_password_opens_and_every_sign_in_from_before_has_ended(
    client: ApiClient, sign_in_as: SignInAs, read_link: ReadLink, role: Role,
    mail_server: MailServer, send_queued: Any,
) -> None:  # fmt: skip
    person = sign_in_as(role)
    email = person.user.email
    tokens = sign_in(client, email, PASSWORD).json()
    token = read_link(email)
    assert choose(client, token).status_code == 204
    assert sign_in(client, email, PASSWORD).status_code == 401
    assert sign_in(client, email, NEW).status_code == 200
    assert person.get("/api/v1/auth/me").status_code == 401
    renewed = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert renewed.status_code == 401
    send_queued()
    notice = mail_server.to(email)[-1]
    assert notice.message["Subject"] == "Your password was changed"
    assert token not in notice.text


def test_an_ordinary_change_is_told_as_well(
    owner: ApiClient, empty_outbox: None, mail_server: MailServer, send_queued: Any
) -> None:
    body = {"current_password": PASSWORD, "new_password": NEW}
    assert owner.post("/api/v1/auth/password", json=body).status_code == 204
    send_queued()
    [notice] = mail_server.to(owner.user.email)
    assert notice.message["Subject"] == "Your password was changed"


def test_known_and_unknown_names_get_one_answer_and_one_time(
    client: ApiClient, gym: Gym, sign_in_as: SignInAs, owner: ApiClient, waits: list[float],
    empty_outbox: None, mail_server: MailServer, send_queued: Any,
) -> None:  # fmt: skip
    closed = sign_in_as(Role.TRAINER).user
    owner.post(f"/api/v1/team/{closed.user_id}/disable")
    answers = [
        client.post(FORGOT, json={"login": login})
        for login in (gym.email, gym.username.upper(), "nobody@example.com", closed.email)
    ]
    assert {(answer.status_code, answer.text) for answer in answers} == {(202, "")}
    assert len(waits) == 4
    assert all(0 <= wait <= forgotten_passwords.TAKES for wait in waits)
    send_queued()
    assert len(mail_server.to(gym.email)) == 1, "of two within minutes one is mailed"
    assert mail_server.to(closed.email) == []


def test_many_who_use_a_link_at_once_change_the_password_once(
    client: ApiClient, gym: Gym, read_link: ReadLink
) -> None:
    token = read_link(gym.email)
    passwords = [f"{NEW} {number}" for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda password: choose(client, token, password), passwords))
    assert sorted(answer.status_code for answer in answers) == [204] + [404] * 7
    opening = [sign_in(client, gym.email, password).status_code for password in passwords]
    assert opening.count(200) == 1


def test_unknown_used_replaced_and_expired_links_answer_alike(
    client: ApiClient, gym: Gym, sign_in_as: SignInAs, owner: ApiClient, clock: Clock,
    read_link: ReadLink,
) -> None:  # fmt: skip
    trainer, dismissed = sign_in_as(Role.TRAINER).user, sign_in_as(Role.TRAINER).user
    tokens = ["x" * 43, read_link(gym.email), read_link(trainer.email), read_link(dismissed.email)]
    owner.post(f"/api/v1/team/{dismissed.user_id}/disable")
    clock.advance(minutes=6)
    newest = read_link(trainer.email)
    assert choose(client, newest).status_code == 204
    clock.advance(minutes=54)
    answers = [choose(client, token) for token in [*tokens, newest]]
    assert {refusal(answer) for answer in answers} == {(404, "reset_refused")}
    assert len({answer.text for answer in answers}) == 1
    assert sign_in(client, gym.email, PASSWORD).status_code == 200


def test_a_password_that_is_too_easy_leaves_the_link_as_it_was(
    client: ApiClient, gym: Gym, read_link: ReadLink
) -> None:
    token = read_link(gym.email)
    assert choose(client, token, "short").status_code == 422
    assert choose(client, token).status_code == 204


def test_whoever_was_locked_out_by_guessing_gets_in_with_the_new_one(
    client: ApiClient, gym: Gym, read_link: ReadLink, quick_hashes: None
) -> None:
    for _ in range(10):
        sign_in(client, gym.email, "wrong")
    assert sign_in(client, gym.email, PASSWORD).status_code == 429
    assert choose(client, read_link(gym.email), PASSWORD).status_code == 204
    assert sign_in(client, gym.email, PASSWORD).status_code == 200


def test_d_ff_31_asking_for_links_and_guessing_them_ends_soon(client: ApiClient) -> None:
    asked = [client.post(FORGOT, json={"login": "a@example.com"}).status_code for _ in range(11)]
    assert asked == [202] * 10 + [429]
    guessed = [choose(client, "guess").status_code for _ in range(101)]
    assert guessed == [404] * 100 + [429]


def test_a_platform_without_mail_says_so_to_everybody(client: ApiClient, api_app: Any) -> None:
    settings = api_app.state.settings.model_copy(update={"smtp_host": None})
    api_app.dependency_overrides[get_settings] = lambda: settings
    assert refusal(client.post(FORGOT, json={"login": "x"})) == (409, "email_not_configured")
