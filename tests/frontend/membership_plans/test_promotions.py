"""Promotions: the tab beside the plans, and the page of one."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.membership_plans.test_plans import bodies
from tests.frontend.membership_plans.test_price_moves import press


def test_a_promotion_is_added_with_the_amount_that_was_typed(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("promotion")
    app = press(app, "Save")
    assert "A promotion needs a code and a name." in words(app)
    app.text_input(key="promotion_new_code").set_value("SPRING")
    app.text_input(key="promotion_new_name").set_value("Spring")
    app.text_input(key="promotion_new_amount_off").set_value("7,50")
    app.multiselect(key="promotion_new_plan_ids").set_value([2])
    press(app, "Save")
    assert bodies(signed_in, "/promotions") == [
        {"code": "SPRING", "name": "Spring", "amount_off": 7.5, "terms": 1, "plan_ids": [2],
         "new_members_only": False},
    ]  # fmt: skip


def test_the_list_says_what_each_takes_off_and_how_often_it_was_used(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    assert "No promotion yet" in words(open_page("plans"))
    table = signed_in.tables["promotions"]
    table.add({"code": "SPRING", "name": "Spring", "percent_off": 50, "terms": 3, "max_uses": 10})
    table.add({"code": "TEN", "name": "Ten", "amount_off": 10.0, "valid_until": "2027-05-31"})
    rows = open_page("plans").dataframe[1].value
    assert list(rows["off"]) == ["50 %, first 3 terms", "€10.00, first term"]
    assert list(rows["uses"]) == ["0 of 10", "0"]
    assert list(rows["valid"]) == ["", "until 31 May 2027"]


def test_editing_sends_only_what_was_changed(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["promotions"].add({"code": "TEN", "name": "Ten", "amount_off": 10.0})
    app = open_page("promotion", id="1")
    app.checkbox(key="promotion_1_is_active").set_value(False)
    press(app, "Save")
    assert bodies(signed_in, "/promotions/1") == [{"is_active": False}]
