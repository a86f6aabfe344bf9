"""For whom a plan costs less, on the plan's page."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.membership_plans.test_plans import bodies
from tests.frontend.membership_plans.test_price_moves import press


def test_a_rule_is_added_said_in_words_and_deleted(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("plan", id="1")
    app.text_input(key="rule_name").set_value("Students")
    app.text_input(key="rule_price").set_value("19,90")
    app.number_input(key="rule_max_age").set_value(25)
    app = press(app, "Add it")
    [sent] = bodies(signed_in, "/membership-plans/1/price-rules")
    assert {name: value for name, value in sent.items() if value is not None} == {
        "name": "Students", "price": 19.9, "max_age": 25, "combines": False, "further_only": False,
    }  # fmt: skip
    assert "**Students**: €19.90, 25 years or younger" in words(app)
    app.button(key="delete_rule_1").click().run()
    assert "Students" not in words(app)


def test_a_family_pays_less_from_its_second_on(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("plan", id="1")
    app.text_input(key="rule_name").set_value("Families")
    app.number_input(key="rule_percent_off").set_value(20)
    app.checkbox(key="rule_further_only").check()
    app = press(app, "Add it")
    [sent] = bodies(signed_in, "/membership-plans/1/price-rules")
    assert sent["further_only"] is True
    assert "**Families**: 20 % off, not the first of a household" in words(app)
