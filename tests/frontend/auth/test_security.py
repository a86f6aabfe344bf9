"""The page of somebody's own account."""

from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


def press(app: AppTest, key: str) -> None:
    app.button(key=key).click().run()


def test_where_one_is_signed_in_is_said_in_words(open_page: OpenPage) -> None:
    app = open_page("security")
    said = words(app)
    assert "Firefox on Linux" in said
    assert "Unknown browser" in said
    assert "python-requests" in said
    keys = {button.key for button in app.button}
    assert "end_dashboard_7" not in keys, "one leaves this browser by Sign out"
    assert {"end_dashboard_8", "end_client_7"} <= keys


def test_one_of_them_is_ended(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("security")
    press(app, "end_client_7")
    assert "python-requests" not in words(app)
    assert ("DELETE", "/auth/sessions/client/7", None) in signed_in.requests


def test_all_of_them_are_ended(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("security")
    press(app, "end_all")
    assert signed_in.sessions == {}
