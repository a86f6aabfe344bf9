"""Who is a member at all, and what becomes of somebody's data."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.members.test_members import asked, press


def test_somebody_is_made_staff(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4")
    app.segmented_control(key="standing_4").set_value("staff").run()
    assert asked(signed_in, "PATCH", "/members/4") == [{"standing": "staff"}]
    assert "Staff" in words(app)
    write = next(button for button in app.button if button.label == "Write an email")
    assert write.disabled


def test_who_is_archived_is_listed_when_asked_for(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.members[4]["standing"] = "archived"
    app = open_page("members", standing="Archived")
    assert len(app.dataframe[0].value) == 1


def test_erasing_asks_for_the_name_and_then_shows_nothing_to_edit(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4")
    press(app, "Erase")
    assert "That is not their name." in words(app)
    app.text_input(key="erase_4").set_value(signed_in.gym.members[4]["name"])
    press(app, "Erase")
    assert "Former member 4" in words(app)
    assert "Who this was has been erased" in words(app)
    assert not [form for form in app.button if form.label == "Save"]


def test_the_desk_neither_downloads_nor_erases(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.role = "receptionist"
    app = open_page("member", id="4")
    assert app.segmented_control(key="standing_4")
    assert not [button for button in app.button if button.label == "Erase"]
    assert "Download everything" not in words(app)
