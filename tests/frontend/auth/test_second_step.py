"""Signing in with a code: the password is typed once, and stands in no page."""

import re
from types import SimpleNamespace

import httpx
import pytest

from frontend.auth.waiting import waiting
from tests.frontend.conftest import Browse
from tests.frontend.fake_api import CODE, PASSWORD, FakeApi

OWN = {"Origin": "http://127.0.0.1:8501"}


def post(browse: Browse, **fields: str) -> httpx.Response:
    return browse("POST", "/auth/login", data={"next": "/at-risk", **fields}, headers=OWN)


@pytest.fixture
def ticket(browse: Browse, api: FakeApi) -> str:
    api.second_factor = True
    page = post(browse, login="ana", password=PASSWORD)
    assert page.status_code == 200
    assert "One more step" in page.text
    assert PASSWORD not in page.text
    [found] = re.findall(r'name="ticket" value="([^"]+)"', page.text)
    return str(found)


def test_the_code_finishes_the_sign_in(browse: Browse, ticket: str) -> None:
    wrong = post(browse, ticket=ticket, code="000000")
    assert wrong.status_code == 401
    assert "does not fit" in wrong.text
    done = post(browse, ticket=ticket, code=f" {CODE} ")
    assert done.headers["location"] == "/at-risk"
    assert "httponly" in done.headers["set-cookie"].lower()
    assert post(browse, ticket=ticket, code=CODE).status_code == 401, "it is used up"


def test_after_some_minutes_one_begins_again(
    browse: Browse, ticket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    half = waiting.find(ticket)
    assert half is not None
    clock = SimpleNamespace(monotonic=lambda: half.until)  # the server of the test keeps its own
    monkeypatch.setattr("frontend.auth.waiting.time", clock)
    answer = post(browse, ticket=ticket, code=CODE)
    assert answer.status_code == 401
    assert "took too long" in answer.text


def test_a_ticket_that_was_made_up_opens_nothing(browse: Browse, api: FakeApi) -> None:
    assert post(browse, ticket="guess", code=CODE).status_code == 401
    assert api.requests == []
