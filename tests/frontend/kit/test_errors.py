"""What the owner sees when the API does not answer as it should."""

import pytest
from streamlit.testing.v1 import AppTest

from frontend.kit import session
from frontend.kit.errors import leave
from tests.frontend.conftest import PATIENCE, OpenPage, words
from tests.frontend.fake_api import FakeApi

PAGES = ["overview", "at_risk", "campaigns", "members", "plans", "imports", "settings"]


@pytest.mark.parametrize("page", PAGES)
def test_d_g3_17_an_outage_is_shown_and_never_a_zero(
    open_page: OpenPage, signed_in: FakeApi, page: str
) -> None:
    app = open_page(page)
    signed_in.broken = True
    app.run()
    assert not app.exception
    assert "We can't reach your data right now" in words(app)
    assert not app.metric
    assert not app.dataframe
    assert app.button(key="try_again")


@pytest.mark.parametrize(
    ("page", "path"),
    [
        ("overview", "/analytics/overview"),
        ("overview", "/analytics/retention"),
        ("at_risk", "/analytics/at-risk"),
        ("members", "/members"),
        ("campaigns", "/campaigns"),
    ],
)
def test_d_g3_17_one_broken_figure_is_not_drawn_as_nothing(
    open_page: OpenPage, signed_in: FakeApi, page: str, path: str
) -> None:
    signed_in.broken_paths = (path,)
    app = open_page(page)
    assert "We can't reach your data right now" in words(app)
    assert not any(metric.value in ("0", "€0") for metric in app.metric)


def test_d_g3_17_the_gyms_name_is_that_of_the_session(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.name = "Gym of *somebody* else"
    app = open_page()
    assert any("Gym of *somebody* else" in m.value.replace("\\", "") for m in app.sidebar.markdown)


def test_trying_again_brings_the_page_back(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page()
    signed_in.broken = True
    app.run()
    signed_in.broken = False
    app.button(key="try_again").click().run()
    assert app.metric


def test_a_tab_whose_session_was_ended_elsewhere_is_sent_to_sign_in_at_its_next_action(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page()
    signed_in.sessions.clear()
    app.run()
    assert "/auth/login?ended=1" in app.html[0].value
    assert not app.metric


def test_an_access_token_that_ends_is_renewed_without_anybody_noticing(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page()
    signed_in.expired = set(signed_in.sessions)
    app.run()
    assert app.metric[0].value == "120"


def test_another_user_of_the_same_browser_sees_nothing_of_the_first(
    open_page: OpenPage, signed_in: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page("at_risk")
    app.session_state["picked_members"].values = {1: 348.0}
    other = signed_in.open_session()
    monkeypatch.setattr(session, "session_id", lambda: other)
    app.run()
    assert "picked_members" not in app.session_state or not len(app.session_state["picked_members"])


def test_a_member_of_staff_without_the_right_is_told_so(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.role = "receptionist"
    app = open_page("members")
    assert app.title[0].value == "Members"
    with pytest.raises(ValueError, match="at_risk"):
        app.switch_page("at_risk/pages/at_risk.py")


@pytest.mark.parametrize(
    ("page", "given"), [("member", "9999"), ("member", "abc"), ("member", "²"), ("campaign", "7")]
)
def test_an_address_that_leads_nowhere_says_so(open_page: OpenPage, page: str, given: str) -> None:
    assert "This is not here any more" in words(open_page(page, id=given))


@pytest.mark.parametrize(
    ("code", "says"), [("busy", "Too much is going on"), ("broken", "We can't reach the server")]
)
def test_a_busy_server_is_not_called_away(code: str, says: str) -> None:
    app = AppTest.from_function(_find_down, default_timeout=PATIENCE, args=(code,)).run()
    assert says in app.error[0].value
    assert "nothing was changed" in app.error[0].value


def _find_down(code: str) -> None:
    from frontend.kit.client import ApiDown
    from frontend.kit.errors import refusal

    refusal(ApiDown("The server had a problem.", status=503, code=code))


def test_a_refusal_names_the_fields_as_the_page_does() -> None:
    app = AppTest.from_function(_refuse, default_timeout=PATIENCE).run()
    assert app.error[0].value.replace("\\", "").split("  \n") == [
        "Replies go to: This is not an email address.",
        "Members: This must be a whole number.",
        "First name: Use at most 100 characters.",
        "No column was recognised as the member.",
        "Joined cannot be cleared.",
    ]


def _refuse() -> None:
    from frontend.kit.client import Refused
    from frontend.kit.errors import refusal

    errors = [
        {"field": "reply_to", "message": "This is not an email address."},
        {"field": "member_ids.1", "message": "This must be a whole number."},
        {"field": "first_name", "message": "Use at most 100 characters."},
        {"field": "mapping", "message": "No column was recognised as the member.", "code": "x"},
        {"field": "body", "message": "join_date cannot be cleared."},
    ]
    refusal(Refused("refused", status=422, errors=errors))


@pytest.mark.parametrize("url", ["https://evil.example", "/", "//evil.example", "javascript:1"])
def test_a_script_can_send_the_browser_only_to_the_sign_in_page(url: str) -> None:
    with pytest.raises(ValueError, match="sign-in page"):
        leave(url)
