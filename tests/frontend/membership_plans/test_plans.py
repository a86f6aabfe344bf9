"""What the gym sells: the list, and the page of a plan."""

from datetime import date, timedelta
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_gym import FakeGym


def bodies(api: FakeApi, path: str = "/membership-plans") -> list[dict[str, Any]]:
    return [body for method, asked, body in api.requests if method != "GET" and asked == path]


def typed(app: AppTest, plan: int | str = "new", **texts: str) -> AppTest:
    """The page of a plan, after these were typed into its fields."""
    saves = app.session_state[f"plan_{plan}_saves"]
    for name, text in texts.items():
        app.text_input(key=f"plan_{plan}_{name}_{saves}").set_value(text)
    return app.run()


def choose_kind(app: AppTest, kind: str) -> AppTest:
    app.segmented_control(key="plan_new_kind_0").set_value(kind).run()
    return app


def save(app: AppTest) -> AppTest:
    app.button(key="save").click().run()
    assert not app.exception
    return app


def test_a_price_with_a_comma_is_the_price_that_was_typed(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = typed(open_page("plan", id="1"), 1, price="199,50")
    assert "Read as €199.50 for 1 month" in words(app)
    save(app)
    assert bodies(signed_in, "/membership-plans/1") == [{"price": 199.5}]
    assert signed_in.gym.plans[0]["price"] == 199.5
    assert "not saved" not in words(app)


@pytest.mark.parametrize(
    ("currency", "price", "read", "sent"),
    [
        ("JPY", "8,000", "JP¥8,000 for 1 month", 8000),
        ("KWD", "18.125", "KWD\xa018.125 for 1 month", 18.125),
        ("INR", "1,499.50", "₹1,499.50 for 1 month", 1499.5),
    ],
)
def test_a_price_is_read_and_sent_in_the_gyms_own_currency(
    open_page: OpenPage, signed_in: FakeApi, currency: str, price: str, read: str, sent: float
) -> None:
    """D-FF-18: 8,000 yen have no decimals, and a dinar has three."""
    signed_in.gym.currency = currency
    app = typed(open_page("plan"), name="Monthly", price=price)
    assert f"Read as {read}" in words(app)
    save(app)
    assert bodies(signed_in)[-1]["price"] == sent


def test_a_new_plan_is_saved_and_its_fields_start_anew(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = typed(open_page("plan"), name="Quarter", length="3", price="1.234,50 €", capacity="40")
    save(app)
    [sent] = bodies(signed_in)
    assert sent == {
        "name": "Quarter", "kind": "recurring", "description": None, "features": [],
        "renews_automatically": True, "duration_days": 0, "duration_months": 3, "visits": None,
        "notice_days": 0, "capacity": 40, "freeze_days_a_year": None, "freezes_a_year": None,
        "shortest_freeze_days": None, "price": 1234.5,
    }  # fmt: skip
    app.switch_page("membership_plans/pages/plan.py").run()
    assert app.text_input(key="plan_new_name_1").value == ""


def test_each_kind_is_asked_for_what_it_has_and_sends_nothing_else(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = typed(open_page("plan"), notice_days="30", freezes_a_year="2")
    app = choose_kind(app, "pack")
    assert "A number of visits" in words(app)
    app = typed(app, name="Ten", length="6", visits="10", price="90")
    assert "Read as €90.00 for 10 visits in 6 months" in words(app)
    save(app)
    sent = bodies(signed_in)[-1]
    assert (sent["kind"], sent["visits"], sent["freezes_a_year"]) == ("pack", 10, 2)
    assert (sent["notice_days"], sent["renews_automatically"]) == (0, False)


def test_a_day_pass_is_counted_in_days(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = choose_kind(open_page("plan"), "day_pass")
    labels = {box.label for box in app.text_input}
    assert "Length in days" in labels
    assert not labels & {"Visits", "Notice period in days", "Times a year"}
    save(typed(app, name="Day", price="12"))
    sent = bodies(signed_in)[-1]
    assert (sent["duration_days"], sent["duration_months"]) == (1, 0)


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        ({"name": "Free"}, "The new plan needs a price."),
        ({"price": "20"}, "The new plan needs a name."),
        ({"name": "X", "price": "-199"}, "Type an amount of 0 or more"),
        ({"name": "X", "price": "1,234"}, "can be read in two ways. Type 1234 or 1.23."),
        ({"name": "X", "price": "20", "length": "1,5"}, "Type a whole number from 1 to 120."),
        ({"name": "X", "price": "2", "capacity": "0"}, "Places: Type a whole number from 1 to"),
    ],
)
def test_what_is_not_complete_is_named_and_not_sent(
    open_page: OpenPage, signed_in: FakeApi, texts: dict[str, str], said: str
) -> None:
    app = save(typed(open_page("plan"), **texts))
    assert said in app.error[0].value.replace("\\", "")
    assert bodies(signed_in) == []
    app.switch_page("membership_plans/pages/plans.py").run()
    assert "The new plan is not saved yet." in words(app)


def test_what_was_typed_is_still_there_after_looking_elsewhere(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = typed(open_page("plan", id="1"), 1, price="31")
    name = signed_in.gym.plans[0]["name"]
    app.switch_page("organizations/pages/settings.py").run()
    app.switch_page("membership_plans/pages/plans.py").run()
    assert f"{name} is not saved yet." in words(app)
    app.query_params["id"] = "1"
    app.switch_page("membership_plans/pages/plan.py")
    app.query_params["id"] = "1"
    app.run()
    save(app)
    assert bodies(signed_in, "/membership-plans/1") == [{"price": 31.0}]


def test_a_gym_without_plans_can_make_its_first(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym = FakeGym(members=0)
    assert "No plan yet" in words(open_page("plans"))


def test_the_list_says_what_each_plan_is_and_how_full(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.plans[0] |= {"capacity": 50, "members": 12, "renews_automatically": True}
    signed_in.gym.plans[1] |= {
        "kind": "pack", "visits": 10, "duration_months": 0, "duration_days": 90,
    }  # fmt: skip
    app = open_page("plans")
    rows = app.dataframe[0].value
    assert list(rows["members"])[:1] == ["12 of 50"]
    assert list(rows["end"])[:2] == ["renews by itself", "ends"]
    assert list(rows["length"])[:2] == ["1 month", "10 visits in 90 days"]
    app.selectbox(key="kind").set_value("pack").run()
    assert list(app.dataframe[0].value["name"]) == ["Plus"]
    app.selectbox(key="offered").set_value("false").run()
    assert "Nothing matches" in words(app)


def test_a_price_is_changed_on_a_day_and_the_change_withdrawn(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.prices = [{"price_id": 9, "starts_on": "2020-01-01", "price": 29.0}]
    app = open_page("plan", id="1")
    assert "**€29.00** from 1 January 2020" in words(app)
    day = date.today() + timedelta(days=40)  # noqa: DTZ011 - any day to come
    app.date_input(key="price_from").set_value(day)
    app.text_input(key="price_new").set_value("34,90")
    next(button for button in app.button if button.label == "Plan the change").click().run()
    assert bodies(signed_in, "/membership-plans/1/prices") == [
        {"starts_on": str(day), "price": 34.9}
    ]
    app.button(key="withdraw_2").click().run()
    assert [price["price_id"] for price in signed_in.gym.prices] == [9]
    assert "Withdraw" not in [button.label for button in app.button]


def test_hours_and_locations_of_a_plan_are_set_together(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.tables["locations"].add({"name": "Beach"})
    app = open_page("plan", id="1")
    app.toggle(key="access_1_always").set_value(False)
    app.multiselect(key="access_1_locations").set_value([2])
    press_save = next(button for button in app.button if button.label == "Save the access")
    press_save.click().run()
    assert "Type the hours of one day at least" in words(app)
    app.text_input(key="access_1_0").set_value("6-16")
    next(button for button in app.button if button.label == "Save the access").click().run()
    assert bodies(signed_in, "/membership-plans/1/access") == [
        {
            "hours": [{"weekday": 0, "opens": "06:00", "closes": "16:00"}],
            "location_ids": [2],
        }
    ]
