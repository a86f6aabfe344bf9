"""The cards of a member, and what the desk does with one."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.members.test_members import asked, press


def test_a_card_is_given_and_ended(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4")
    press(app, "Give it to them")
    assert "Type or scan a number first." in words(app)
    app.text_input(key="new_number").set_value("88211")
    press(app, "Give it to them")
    assert asked(signed_in, "POST", "/members/4/numbers") == [{"kind": "card", "value": "88211"}]
    assert "88211" in words(app)
    app.button(key="end_number_1").click().run()
    assert signed_in.gym.numbers[0]["ended_on"]
    assert "ended on" in words(app)


def test_the_desk_says_that_a_card_has_ended(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.numbers = [{"value": "88211", "ended_on": "2026-11-01"}]
    app = open_page("desk")
    app.text_input(key="desk_search").set_value("88211")
    press(app, "Find")
    assert "This number was ended on 2026-11-01." in words(app)
    assert signed_in.gym.check_ins == []
