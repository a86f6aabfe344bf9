"""Duplicates: side by side, merged by a decision, and undone."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.members.test_members import asked, press


def test_two_records_are_merged_after_a_look_and_undone(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("duplicates")
    assert "same email, same birth date" in words(app)
    app.button(key="keep_4_3").click().run()
    assert "12 visits" in words(app)
    assert "Stays on the old record: 1 medical notes" in words(app)
    assert asked(signed_in, "POST", "/member-merges") == []
    press(app, "Merge")
    assert asked(signed_in, "POST", "/member-merges") == [{"member_id": 3, "into_id": 4}]
    assert "No duplicates" in words(app)
    app.button(key="undo_1").click().run()
    assert signed_in.gym.merges[0]["undone_at"]
    assert "same email" in words(app)


def test_two_people_are_remembered_as_two(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("duplicates")
    app.button(key="apart_3_4").click().run()
    assert asked(signed_in, "POST", "/member-merges/distinct") == [{"member_id": 3, "other_id": 4}]
    assert "No duplicates" in words(app)
    assert "Two people" in words(app)
    app.button(key="together_3_4").click().run()
    assert "same email" in words(app)
    assert "Two people" not in words(app)


def test_the_page_of_a_merged_record_shows_the_one_that_is_kept(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.members[3] |= {"standing": "merged", "merged_into": 4}
    assert signed_in.gym.members[4]["name"] in words(open_page("member", id="3"))
