"""Members are moved to a plan's price: all of them or some, and back before it holds."""

from typing import Any

from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi

PATH = "/membership-plans/1/price-moves"


def bodies(api: FakeApi, path: str = PATH) -> list[dict[str, Any]]:
    return [body for method, asked, body in api.requests if method == "POST" and asked == path]


def press(app: AppTest, label: str) -> AppTest:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception
    return app


def test_the_dialog_says_who_pays_what_from_when_before_it_moves_them(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = press(open_page("plan", id="1"), "Move members to a price")
    said = words(app)
    assert "3 members: from €29.00 to €34.90, between 1 Dec 2026 and 3 Dec 2026" in said
    assert "2 memberships end and have no next term." in said
    assert bodies(signed_in) == []
    day = str(app.date_input(key="moves_from").value)
    app = press(app, "Move 3 members")
    assert bodies(signed_in) == [{"starts_on": day}]
    assert "3 members: from €29.00 to €34.90, on 1 Dec 2026" in words(app)


def test_some_are_chosen_by_name_and_let_off_again(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = press(open_page("plan", id="1"), "Move members to a price")
    app.multiselect(key="moves_only").set_value([2]).run()
    app = press(app, "Move 1 member")
    assert bodies(signed_in)[0]["membership_ids"] == [2]
    app = press(app, "Let them keep their price")
    assert bodies(signed_in, f"{PATH}/withdraw") == [{}]
    assert "Moves to come" not in words(app)
