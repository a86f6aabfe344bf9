"""A member's own page: a code for the door, the membership, the visits, and nothing else."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


@pytest.fixture
def page(open_page: OpenPage, signed_in: FakeApi) -> AppTest:
    signed_in.gym.role = "member"
    return open_page()


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def test_it_shows_the_code_the_membership_and_how_they_come(
    page: AppTest, signed_in: FakeApi
) -> None:
    shown = words(page)
    for said in ("Hello, Mia Berg", "Monthly", "Weeks in a row 6", "Visits 27"):
        assert said in shown
    asked = {path for verb, path, _ in signed_in.requests if verb == "GET"}
    assert "/members/4/door-code" in asked
    assert not any(path.startswith(("/analytics", "/campaigns")) for path in asked)


def test_notice_is_given_on_one_page_and_no_other_day_is_asked_for(
    page: AppTest, signed_in: FakeApi
) -> None:
    press(page, "Cancel membership")
    shown = words(page)
    assert "If notice is given today, it ends on 31 Dec 2026" in shown
    assert "Another last day was agreed" not in shown
    page.selectbox(key="leaving_reason").set_value("moving").run()
    press(page, "Cancel it")
    sent = [body for verb, path, body in signed_in.requests if path.endswith("/cancel")]
    assert sent == [{"reason": "moving", "note": None}]
    assert "Withdraw cancellation" in {button.label for button in page.button}


def test_only_their_own_pages_are_offered(page: AppTest, signed_in: FakeApi) -> None:
    press(page, "Freeze")
    assert "What is paid moves behind them" in words(page)
    labels = {button.label for button in page.button}
    assert labels.isdisjoint({"Renew", "Change plan", "Check in"})
