"""The team's page: who is on it, inviting, and what becomes of an account."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import PASSWORD, FakeApi


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def sent(api: FakeApi, method: str) -> list[tuple[str, Any]]:
    return [(path, body) for verb, path, body in api.requests if verb == method]


def test_people_with_role_and_state(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["team"].rows[1] |= {"is_active": False, "last_used_at": None}
    app = open_page("team")
    table = app.dataframe[0].value
    assert list(table["name"]) == ["Ana", "Rita Costa"]
    assert list(table["role"]) == ["Owner", "Admin"]
    assert [state[0] for state in table["state"]] == ["Active", "Disabled"]
    assert list(table["last_used"])[1] == "never"
    app.selectbox(key="state").set_value("active").run()
    assert list(app.dataframe[0].value["name"]) == ["Ana"]
    app.selectbox(key="role").set_value("trainer").run()
    assert "Nobody on the team fits" in words(app)


def test_somebody_is_invited_again_and_no_more(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("team")
    press(app, "Send invitation")
    assert "Whom do you want to invite?" in words(app)
    app.text_input(key="invite_email").set_value(" new@example.com ")
    app.selectbox(key="invite_role").set_value("trainer")
    press(app, "Send invitation")
    assert [toast.value.replace("\\", "") for toast in app.toast] == ["Invited: new@example.com"]
    assert "Trainer, invited by Ana" in words(app)
    press(app, "Send again")
    invited = {"email": "new@example.com", "role": "trainer"}
    assert sent(signed_in, "POST")[-2:] == [
        ("/invitations", invited),
        ("/invitations", invited | {"member_id": None}),
    ]
    press(app, "Revoke")
    assert sent(signed_in, "DELETE") == [("/invitations/1", None)]


def test_a_link_that_expired_is_said_to_have(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["invitations"].add(
        {"email": "new@example.com", "role": "admin", "is_expired": True}
    )
    assert "The link has expired." in words(open_page("team"))


def test_a_role_is_changed(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("teammate", id="2")
    app.selectbox(key="role").set_value("receptionist")
    press(app, "Save")
    assert sent(signed_in, "PATCH") == [("/team/2", {"role": "receptionist"})]


def test_an_account_is_disabled_and_enabled(open_page: OpenPage, signed_in: FakeApi) -> None:
    open_page("teammate", id="2").button(key="disable").click().run()
    app = open_page("teammate", id="2")
    assert "Disabled" in "".join(badge.value for badge in app.markdown)
    app.button(key="enable").click().run()
    done = [path for path, _ in sent(signed_in, "POST") if path.startswith("/team")]
    assert done == ["/team/2/disable", "/team/2/enable"]


def test_the_owner_and_oneself_keep_role_and_account(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("teammate", id="1")
    assert app.selectbox(key="role").disabled
    assert not {"disable", "enable"} & {button.key for button in app.button}


def test_the_gym_is_handed_over_with_the_password(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("teammate", id="2")
    app.text_input(key="hand_over_password").set_value("wrong")
    press(app, "Hand it over")
    assert "not your current password" in words(app)
    app.text_input(key="hand_over_password").set_value(PASSWORD)
    press(app, "Hand it over")
    assert sent(signed_in, "POST")[-1][1] == {"user_id": 2, "current_password": PASSWORD}


def test_an_admin_hands_nothing_over(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.role = "admin"
    app = open_page("teammate", id="2")
    assert not [one for one in app.text_input if one.key == "hand_over_password"]
