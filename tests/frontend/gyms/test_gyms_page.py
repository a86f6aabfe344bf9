"""Super admins see the platform's gyms, and nothing that is in one."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def sent(api: FakeApi) -> list[tuple[str, object]]:
    return [(path, body) for verb, path, body in api.requests if verb == "POST" and "org" in path]


@pytest.fixture
def platform(signed_in: FakeApi) -> FakeApi:
    signed_in.gym.role = "super_admin"
    return signed_in


def open_dialog(open_page: OpenPage) -> AppTest:
    app = open_page()
    app.session_state["gym_dialog"] = 1
    return app.run()


def test_their_first_page_is_the_gyms_and_none_of_a_gym_is_offered(
    open_page: OpenPage, platform: FakeApi
) -> None:
    app = open_page()
    assert app.title[0].value == "Gyms"
    assert list(app.dataframe[0].value["name"]) == ["Riverside"]
    assert "All gyms" in words(app)
    asked = {path for _, path, _ in platform.requests}
    assert not any(path.startswith(("/members", "/analytics")) for path in asked)


def test_people_of_a_gym_are_not_offered_the_gyms(open_page: OpenPage, signed_in: FakeApi) -> None:
    open_page()
    assert not any(path == "/organizations" for _, path, _ in signed_in.requests)


def test_a_gym_is_set_up_with_what_its_owner_signs_in_with(
    open_page: OpenPage, platform: FakeApi
) -> None:
    app = open_page()
    for label, text in (
        ("Name of the gym", " Harbour "),
        ("The owner's email address", "rui@example.com"),
        ("The owner's username", "harbour"),
    ):
        next(one for one in app.text_input if one.label == label).set_value(text)
    press(app, "Set up and invite")
    [(path, body)] = sent(platform)
    assert path == "/organizations"
    assert body == {
        "name": "Harbour",
        "email": "rui@example.com",
        "username": "harbour",
        "timezone": "UTC",
        "currency": "EUR",
        "language": "en",
    }


def test_a_gym_is_suspended_for_a_reason_and_let_go_on(
    open_page: OpenPage, platform: FakeApi
) -> None:
    app = open_dialog(open_page)
    press(app, "Suspend")
    assert "Write a reason" in words(app)
    assert sent(platform) == []
    app.text_input(key="reason").set_value(" Unpaid ")
    press(app, "Suspend")
    app = open_dialog(open_page)
    assert "Unpaid" in words(app)
    press(app, "Let it go on")
    assert sent(platform) == [
        ("/organizations/1/suspend", {"reason": "Unpaid"}),
        ("/organizations/1/resume", None),
    ]


def test_gyms_are_searched(open_page: OpenPage, platform: FakeApi) -> None:
    platform.tables["organizations"].add({"name": "Harbour"})
    app = open_page()
    app.text_input(key="search").set_value("har").run()
    assert list(app.dataframe[0].value["name"]) == ["Harbour"]
    app.text_input(key="search").set_value("nowhere").run()
    assert "No gym fits" in words(app)
