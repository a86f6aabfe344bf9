"""The desk: a scan or a name, one key, and what there is to say to whoever came in."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi

FROZEN = [{"reason": "frozen", "message": "Membership is frozen", "member_id": 4}]


def find(app: AppTest, query: str) -> AppTest:
    app.text_input(key="desk_search").set_value(query)
    return press(app, "Find")


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception
    return app


def recorded(api: FakeApi) -> list[object]:
    return [body for verb, path, body in api.requests if (verb, path) == ("POST", "/check-ins")]


def test_a_number_that_is_somebodys_own_checks_them_in_at_once(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.alerts = [
        {
            "kind": "membership_ends",
            "text": "Membership ends on 2026-12-04",
            "is_denial": False,
        },
        {"kind": "long_away", "text": "First visit in 19 days", "is_denial": False},
    ]
    member = signed_in.gym.members[4]
    shown = words(find(open_page("desk"), member["number"].lower()))
    assert recorded(signed_in) == [{"member_id": 4, "method": "desk"}]
    assert member["name"] in shown
    assert "First visit in 19 days" in shown
    assert "Membership ends on 2026-12-04" in shown
    assert "All is well." not in shown


def photos_asked(api: FakeApi) -> int:
    return sum(path == "/members/4/photo" for _, path, _ in api.requests)


@pytest.mark.parametrize("has_photo", [True, False])
def test_the_desk_sees_whose_face_it_should_be(
    open_page: OpenPage, signed_in: FakeApi, has_photo: bool
) -> None:
    signed_in.gym.members[4]["has_photo"] = has_photo
    app = find(open_page("desk"), signed_in.gym.members[4]["number"])
    assert len(app.get("image")) == has_photo
    app.run()
    assert photos_asked(signed_in) == 1


def test_who_is_refused_is_seen_as_well(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.members[4]["has_photo"] = True
    signed_in.gym.refused_for = FROZEN
    app = find(open_page("desk"), signed_in.gym.members[4]["number"])
    assert len(app.get("image")) == 1


def test_trouble_with_the_photo_hides_nothing_else(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.broken_paths = ("/members/4/photo",)
    shown = words(find(open_page("desk"), signed_in.gym.members[4]["number"]))
    assert "All is well." in shown


def test_a_name_offers_who_fits_and_one_more_key_checks_them_in(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    member = signed_in.gym.members[4]
    app = find(open_page("desk"), member["name"])
    assert recorded(signed_in) == [], "a name may be somebody else's as well"
    app.button(key="desk_4").click().run()
    assert recorded(signed_in) == [{"member_id": 4, "method": "desk"}]
    shown = words(app)
    assert "All is well." in shown
    assert "Inside now 1" in shown


def test_nobody_is_said_to_fit(open_page: OpenPage, signed_in: FakeApi) -> None:
    shown = words(find(open_page("desk"), "zzzz"))
    assert "Nobody is called “zzzz”." in shown
    assert recorded(signed_in) == []


def test_who_is_inside_already_is_said(open_page: OpenPage, signed_in: FakeApi) -> None:
    number = signed_in.gym.members[4]["number"]
    app = find(find(open_page("desk"), number), number)
    assert "Already checked in a moment ago." in words(app)


def test_a_wrong_scan_is_taken_back(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = press(find(open_page("desk"), signed_in.gym.members[4]["number"]), "Take back")
    assert signed_in.gym.taken_back == [1]
    assert "Inside now 0" in words(app)


@pytest.mark.parametrize("query", ["", "   "])
def test_nothing_typed_does_nothing(open_page: OpenPage, signed_in: FakeApi, query: str) -> None:
    find(open_page("desk"), query)
    assert recorded(signed_in) == []


class TestWhoMayNotEnter:
    @pytest.fixture
    def app(self, open_page: OpenPage, signed_in: FakeApi) -> AppTest:
        signed_in.gym.refused_for = FROZEN
        return find(open_page("desk"), signed_in.gym.members[4]["number"])

    def test_the_desk_says_who_and_why(self, app: AppTest, signed_in: FakeApi) -> None:
        shown = words(app)
        assert signed_in.gym.members[4]["name"] in shown
        assert "Membership is frozen" in shown
        assert signed_in.gym.check_ins == []

    def test_they_are_let_in_for_a_reason(self, app: AppTest, signed_in: FakeApi) -> None:
        assert "Say why" in words(press(app, "Let them in"))
        app.text_input(key="desk_reason").set_value(" Guest of the owner ")
        shown = words(press(app, "Let them in"))
        assert "Checked in at" in shown
        assert "Membership is frozen" not in shown
        assert recorded(signed_in)[-1] == {
            "member_id": 4,
            "method": "desk",
            "override_reason": "Guest of the owner",
        }

    def test_a_trainer_is_told_whom_to_ask(self, open_page: OpenPage, signed_in: FakeApi) -> None:
        signed_in.gym.role = "trainer"
        signed_in.gym.refused_for = FROZEN
        app = find(open_page("desk"), signed_in.gym.members[4]["number"])
        assert "Ask the desk, the owner or an admin" in words(app)
        assert "Let them in" not in [button.label for button in app.button]


def test_a_warning_stands_out(open_page: OpenPage, signed_in: FakeApi) -> None:
    text = "Gold does not include Hall"
    signed_in.gym.alerts = [{"kind": "other_location", "text": text, "is_denial": True}]
    app = find(open_page("desk"), signed_in.gym.members[4]["number"])
    assert [warning.value for warning in app.warning] == [text]


def test_a_desk_of_several_locations_says_which_it_is(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.tables["locations"].add({"name": "Beach"})
    app = open_page("desk", location="Beach")
    find(app, signed_in.gym.members[4]["number"])
    assert recorded(signed_in) == [{"member_id": 4, "method": "desk", "location_id": 2}]


class TestCodes:
    def test_a_scanner_types_the_code_into_the_same_field(
        self, open_page: OpenPage, signed_in: FakeApi
    ) -> None:
        app = find(open_page("desk"), "cb1.1.4.1.a.b")
        assert "Checked in at" in words(app)
        assert sent_codes(signed_in) == [{"code": "cb1.1.4.1.a.b"}]

    def test_why_a_code_opens_nothing_is_said(
        self, open_page: OpenPage, signed_in: FakeApi
    ) -> None:
        assert "This code has been used." in words(find(open_page("desk"), "CB1.1.9.1.A.B"))

    def test_whoever_is_refused_is_named_and_let_in_by_the_code_they_showed(
        self, open_page: OpenPage, signed_in: FakeApi
    ) -> None:
        signed_in.gym.refused_for = FROZEN
        app = find(open_page("desk"), "CB1.1.4.1.A.B")
        assert signed_in.gym.members[4]["name"] in words(app)
        app.text_input(key="desk_reason").set_value("Pays tomorrow")
        assert "Checked in at" in words(press(app, "Let them in"))
        assert sent_codes(signed_in)[-1] == {
            "code": "CB1.1.4.1.A.B",
            "override_reason": "Pays tomorrow",
        }

    def test_the_camera_is_off_until_somebody_switches_it_on(
        self, open_page: OpenPage, signed_in: FakeApi
    ) -> None:
        app = open_page("desk")
        assert not app.toggle(key="desk_camera_on").value
        app.toggle(key="desk_camera_on").set_value(True).run()
        assert not app.exception


def sent_codes(api: FakeApi) -> list[object]:
    asked = ("POST", "/check-ins/scan")
    return [body for verb, path, body in api.requests if (verb, path) == asked]
