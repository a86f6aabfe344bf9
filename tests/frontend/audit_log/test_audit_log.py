"""Who changed what, as its page and a member's page tell it."""

import pytest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_audit import change, make_entry


@pytest.fixture
def log(signed_in: FakeApi) -> FakeApi:
    """A plan's price by Ana, and what Bo, whose job it was, did to a member."""
    changes = [
        change("notes", None, None, is_hidden=True),
        change("birth_date", None, "1990-05-17"),
        change("is_active", True, False),
    ]
    of_member = {"noun": "member", "key": "3", "member_id": 3, "member_name": "Mia Berg"}
    signed_in.gym.audit_log = [
        make_entry(2, **of_member, user_id=2, actor="Bo", changes=changes),
        make_entry(1),
    ]
    return signed_in


def test_what_was_done_is_told_in_plain_words(open_page: OpenPage, log: FakeApi) -> None:
    said = words(open_page("audit_log"))
    assert "Price: :gray[€49.90] → €59.90" in said
    assert "**Plan 12**" in said
    assert "Notes: :gray[changed; what it says is not kept here]" in said
    assert "Birth date: :gray[–] → 17 May 1990" in said
    assert "Offered: :gray[yes] → no" in said
    assert "Ana Souza · " in said
    assert "203.0.113.7" in said


def test_a_row_that_is_named_by_its_number_is_no_amount(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    merge = [change("merged_into", None, 6539), change("member_id", None, 6540)]
    signed_in.gym.audit_log = [
        make_entry(2, noun="user", changes=[change("is_active", True, False)]),
        make_entry(1, noun="member_merge", action="created", changes=merge),
    ]
    said = words(open_page("audit_log"))
    assert "Merged into: 6539" in said
    assert "Member: 6540" in said
    assert "May sign in: :gray[yes] → no" in said


def test_of_a_row_that_came_or_went_is_told_what_it_says(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.audit_log = [
        make_entry(2, action="created", changes=[change("name", None, "Gold")]),
        make_entry(1, action="deleted", changes=[change("name", "Silver", None)]),
    ]
    said = words(open_page("audit_log"))
    assert "Name: Gold" in said
    assert "Name: :gray[Silver]" in said
    assert "→" not in said


def test_the_filters_are_the_servers_and_come_from_the_address(
    open_page: OpenPage, log: FakeApi
) -> None:
    app = open_page("audit_log")
    app.selectbox(key="user_id").set_value("2").run()
    assert "Mia Berg" in words(app)
    assert "Plan 12" not in words(app)
    for address in ({"noun": "Plan"}, {"user_id": "Ana Souza"}):
        again = words(open_page("audit_log", **address))
        assert "Mia Berg" not in again
        assert "1 record" in again


def test_the_file_is_offered(open_page: OpenPage, log: FakeApi) -> None:
    app = open_page("audit_log")
    assert [one.proto.label for one in app.get("download_button")] == ["Export"]


def test_a_gym_in_which_nothing_was_changed_is_told_what_will_be_here(open_page: OpenPage) -> None:
    assert "Nothing was changed yet" in words(open_page("audit_log"))


def test_a_members_page_tells_what_was_done_to_them(open_page: OpenPage, log: FakeApi) -> None:
    said = words(open_page("member", id="3", tab="Changes"))
    assert "Birth date: :gray[–] → 17 May 1990" in said
    assert "€59.90" not in said


def test_trouble_is_shown_as_trouble(open_page: OpenPage, log: FakeApi) -> None:
    log.broken_paths = ("/audit-log",)
    said = words(open_page("audit_log"))
    assert "We can't reach your data right now" in said
    assert "Nothing was changed yet" not in said
