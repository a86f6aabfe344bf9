"""A link in a mail: its secret reaches no server by itself, and opening it accepts nothing."""

import re

import httpx
import pytest

from tests.frontend.conftest import Browse
from tests.frontend.fake_api import INVITATION, PASSWORD, FakeApi

OWN = {"Origin": "http://127.0.0.1:8501"}
PATH = "/auth/invitation"


def post(browse: Browse, **fields: str) -> httpx.Response:
    return browse("POST", PATH, data=fields, headers=OWN)


def test_the_secret_stands_behind_a_hash_and_is_taken_out_of_the_address(
    browse: Browse, api: FakeApi
) -> None:
    page = browse("GET", PATH)
    assert page.status_code == 200
    [script] = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    assert "location.hash" in script
    assert "history.replaceState" in script
    policy = page.headers["content-security-policy"]
    assert "script-src 'sha256-" in policy
    assert "unsafe-inline" not in policy
    assert api.requests == [], "scanners of mail open every link"


def test_the_form_says_who_invites_and_accepting_signs_in(browse: Browse, api: FakeApi) -> None:
    form = post(browse, token=INVITATION)
    assert form.status_code == 200
    for said in (api.gym.name, "rita@example.com", "trainer", "Ana"):
        assert said in form.text
    assert [path for _, path, _ in api.requests] == ["/invitations/preview"]
    done = post(browse, token=INVITATION, name=" Rita Costa ", password=PASSWORD)
    assert done.status_code == 303
    assert done.headers["location"] == "/"
    assert "httponly" in done.headers["set-cookie"].lower()
    sent = [body for _, path, body in api.requests if path == "/invitations/accept"]
    assert sent == [{"token": INVITATION, "name": "Rita Costa", "password": PASSWORD}]
    assert not any(INVITATION in url for url in api.urls)
    assert set(api.addresses) == {"203.0.113.9"}, "attempts are counted by the browser's address"


def test_a_link_that_is_not_open_says_what_to_do(browse: Browse) -> None:
    answer = post(browse, token="used")
    assert answer.status_code == 404
    assert "not open any more" in answer.text


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": "", "password": PASSWORD}, "Please say who you are."),
        ({"name": "Rita", "password": "short"}, "Use at least 12 characters."),
        ({"name": "Rita", "password": "password password"}, "Too easy."),
    ],
)
def test_a_mistake_keeps_what_was_typed(
    browse: Browse, api: FakeApi, fields: dict[str, str], said: str
) -> None:
    answer = post(browse, token=INVITATION, **fields)
    assert answer.status_code == 422
    assert said in answer.text
    assert f'value="{fields["name"]}"' in answer.text
    assert fields["password"] not in answer.text


def test_a_form_of_another_site_is_refused(browse: Browse, api: FakeApi) -> None:
    fields = {"token": INVITATION, "name": "Rita", "password": PASSWORD}
    answer = browse("POST", PATH, data=fields, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert api.requests == []


def test_an_api_that_is_down_is_said_to_be(browse: Browse, api: FakeApi) -> None:
    api.broken = True
    assert post(browse, token=INVITATION).status_code == 503


def test_a_forgotten_password_gets_one_answer(browse: Browse, api: FakeApi) -> None:
    assert "/auth/forgot" in browse("GET", "/auth/login").text
    sent = browse("POST", "/auth/forgot", data={"login": " ana "}, headers=OWN)
    assert sent.status_code == 200
    assert "a link is on its way" in sent.text
    assert [body for _, _, body in api.requests] == [{"login": "ana"}]


def test_a_new_password_is_chosen_behind_a_link_and_one_signs_in_again(
    browse: Browse, api: FakeApi
) -> None:
    assert "location.hash" in browse("GET", "/auth/reset").text
    fields = {"token": INVITATION}
    form = browse("POST", "/auth/reset", data=fields, headers=OWN)
    assert 'autocomplete="new-password"' in form.text
    assert api.requests == [], "looking at the form changes nothing"
    fields["password"] = "quiet-river-at-dawn"
    done = browse("POST", "/auth/reset", data=fields, headers=OWN)
    assert done.headers["location"] == "/auth/login?changed=1"
    assert "Your password is changed" in browse("GET", done.headers["location"]).text
    refused = browse("POST", "/auth/reset", data=fields | {"token": "used"}, headers=OWN)
    assert refused.status_code == 404
    assert "does not work any more" in refused.text
