"""Where somebody is signed in: shown in words, and ended one by one or all at once."""

from typing import Any

import pytest

from db.models import Role
from tests.factories.gyms import PASSWORD
from tests.fixtures.api import ApiClient, Clock, SignInAs

URL = "/api/v1/auth/sessions"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


class Browser:
    """Signs in as the dashboard does."""

    def __init__(self, client: ApiClient, email: str, user_agent: str = FIREFOX) -> None:
        self.client = client
        account = {"email": email, "password": PASSWORD}
        headers = {"User-Agent": user_agent}
        opened = client.post("/api/v1/auth/session", json=account, headers=headers).json()
        self.session = opened["session"]
        self.access = self.exchange().json()["access_token"]

    def exchange(self) -> Any:
        return self.client.post("/api/v1/auth/token", headers=bearer(self.session))

    def ask(self, method: str, path: str) -> Any:
        return self.client.request(method, path, headers=bearer(self.access))


@pytest.fixture
def email(sign_in_as: SignInAs) -> str:
    return sign_in_as(Role.RECEPTIONIST).user.email


def sign_in_client(client: ApiClient, email: str) -> Any:
    account = {"email": email, "password": PASSWORD}
    headers = {"User-Agent": "python-requests/2.32.3"}
    return client.post("/api/v1/auth/login", json=account, headers=headers).json()


def test_browsers_and_clients_are_shown_in_words_and_this_one_is_known(
    client: ApiClient, email: str, clock: Clock
) -> None:
    browser = Browser(client, email)
    clock.advance(minutes=1)
    tokens = sign_in_client(client, email)
    client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    shown = browser.ask("GET", URL).json()
    assert shown["total"] == 2
    [api, own] = shown["items"]
    assert (api["kind"], api["program"], api["system"]) == ("client", "python-requests", None)
    assert (own["kind"], own["program"], own["system"]) == ("dashboard", "Firefox", "Linux")
    assert (own["is_current"], api["is_current"]) == (True, False)
    assert own["signed_in_at"] == "2026-11-18T12:00:00Z"
    assert browser.session not in str(shown)


def test_last_use_is_written_every_few_minutes_only(
    client: ApiClient, email: str, clock: Clock
) -> None:
    browser = Browser(client, email)
    seen = []
    for _ in range(3):
        clock.advance(minutes=3)
        browser.exchange()
        seen.append(browser.ask("GET", URL).json()["items"][0]["last_used_at"][11:16])
    assert seen == ["12:00", "12:06", "12:06"]


def test_one_is_ended_at_once_and_the_others_stay(client: ApiClient, email: str) -> None:
    own, other = Browser(client, email), Browser(client, email)
    tokens = sign_in_client(client, email)
    numbers = {
        (one["kind"], one["is_current"]): one["id"] for one in own.ask("GET", URL).json()["items"]
    }
    path = f"{URL}/dashboard/{numbers['dashboard', False]}"
    assert own.ask("DELETE", path).status_code == 204
    assert other.ask("GET", "/api/v1/auth/me").status_code == 401
    assert other.exchange().status_code == 401
    assert own.ask("DELETE", path).status_code == 404
    assert client.get("/api/v1/auth/me", headers=bearer(tokens["access_token"])).status_code == 200
    path = f"{URL}/client/{numbers['client', False]}"
    assert own.ask("DELETE", path).status_code == 204
    assert client.get("/api/v1/auth/me", headers=bearer(tokens["access_token"])).status_code == 401
    again = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert again.status_code == 401
    own.access = own.exchange().json()["access_token"]
    assert [one["is_current"] for one in own.ask("GET", URL).json()["items"]] == [True]
    assert own.ask("DELETE", path).status_code == 404


def test_nobody_elses_are_seen_or_ended(client: ApiClient, email: str, owner: ApiClient) -> None:
    browser = Browser(client, email)
    [own] = browser.ask("GET", URL).json()["items"]
    assert owner.get(URL).json()["total"] == 0
    assert owner.delete(f"{URL}/dashboard/{own['id']}").status_code == 404
    assert browser.ask("GET", "/api/v1/auth/me").status_code == 200


def test_signing_out_everywhere_ends_all_of_them(client: ApiClient, email: str) -> None:
    browsers = [Browser(client, email) for _ in range(2)]
    tokens = sign_in_client(client, email)
    assert browsers[0].ask("DELETE", URL).status_code == 204
    for browser in browsers:
        assert browser.ask("GET", "/api/v1/auth/me").status_code == 401
        assert browser.exchange().status_code == 401
    renewed = client.post("/api/v1/auth/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert renewed.status_code == 401
