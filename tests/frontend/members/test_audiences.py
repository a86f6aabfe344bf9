"""Filters of the list of members, in the address and saved under a name."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.members.test_members import asked, press


def test_the_address_says_whom_the_list_shows(open_page: OpenPage, signed_in: FakeApi) -> None:
    open_page(
        "members",
        risk="Drifting",
        came="Never came",
        birth_month="May",
        debt="Not paid",
        payers="Pay for a household",
    )
    url = next(url for url in reversed(signed_in.urls) if "/members?" in url)
    for asked_for in (
        "at_risk=drifting",
        "never_came=",
        "birth_month=5",
        "owes=true",
        "pays_for_household=true",
    ):
        assert asked_for in url


def test_a_filter_is_saved_shown_again_and_written_to(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("members", risk="Drifting")
    app.text_input(key="audience_name").set_value("Slipping")
    press(app, "Save")
    assert asked(signed_in, "POST", "/audiences") == [
        {"name": "Slipping", "filter": {"at_risk": "drifting"}}
    ]
    app = open_page("members")
    assert app.selectbox(key="risk").value is None
    press(app, "Show them")
    assert app.selectbox(key="risk").value == "drifting"
    press(app, "Write to these")
    [preview, *_] = asked(signed_in, "POST", "/campaigns/preview")
    assert isinstance(preview, dict)
    assert (preview["audience_id"], preview["include_dormant"]) == (1, False)


def test_without_a_filter_there_is_nothing_to_save(open_page: OpenPage) -> None:
    assert "Search or filter first" in words(open_page("members"))
