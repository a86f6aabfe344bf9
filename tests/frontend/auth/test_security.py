"""The page of somebody's own account."""

from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import CODE, PASSWORD, FakeApi


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


def submit(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_an_app_is_set_up_and_the_recovery_codes_are_shown_once(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("security")
    app.text_input(key="enrol_password").set_value("wrong")
    submit(app, "Set up an app")
    assert "not your current password" in words(app)
    app.text_input(key="enrol_password").set_value(PASSWORD)
    submit(app, "Set up an app")
    assert "JBSWY3DPEHPK3PXP" in [code.value for code in app.code]
    app.text_input(key="confirm_code").set_value("000000")
    submit(app, "Turn it on")
    assert "does not fit" in words(app)
    app.text_input(key="confirm_code").set_value(CODE)
    submit(app, "Turn it on")
    assert "ABCD-EFGH-JKLM-NPQ0" in app.code[0].value
    press(app, "codes_kept")
    assert not app.code
    assert "10 recovery codes left" in words(app)


def test_it_is_turned_off_with_password_and_code(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.second_factor = True
    app = open_page("security")
    app.text_input(key="turn_off_password").set_value(PASSWORD)
    app.text_input(key="turn_off_code").set_value(CODE)
    submit(app, "Turn it off")
    assert not signed_in.second_factor
    assert "Set up an app" in words(app)
