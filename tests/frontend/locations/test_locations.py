"""Where members train, the hours of the week as they are typed, and closed days."""

from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from frontend.locations.hours import NotHours, read_day, write_day
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi

TODAY = datetime.now(UTC).date()


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def sent(api: FakeApi, method: str) -> list[object]:
    return [body for verb, path, body in api.requests if verb == method and "locations" in path]


def test_the_list_says_what_is_open_and_shows_retired_ones_when_asked(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    table = signed_in.tables["locations"]
    table.add({"name": "Annex", "is_open": False, "capacity": 40})
    table.add({"name": "Old hall", "is_active": False, "is_open": False})
    app = open_page("locations")
    shown = app.dataframe[0].value
    assert list(shown["name"]) == ["Annex", "Riverside Gym"]
    assert [state for [state] in shown["state"]] == ["Closed", "Open now"]
    assert list(shown["today"]) == ["Always open", "Always open"]
    app.toggle(key="retired").set_value(True).run()
    assert list(app.dataframe[0].value["name"]) == ["Annex", "Old hall", "Riverside Gym"]


def test_a_location_is_added_and_only_what_was_changed_is_sent(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("location")
    press(app, "Save")
    assert "A location needs a name" in words(app)
    app.text_input(key="location_new_name").set_value(" Annex ")
    press(app, "Save")
    assert sent(signed_in, "POST") == [{"name": "Annex"}]
    app = open_page("location", id="2")
    app.number_input(key="location_2_capacity").set_value(40)
    app.checkbox(key="location_2_is_active").set_value(False)
    press(app, "Save")
    assert sent(signed_in, "PATCH") == [{"capacity": 40, "is_active": False}]


def test_the_hours_of_a_week_are_typed_day_by_day(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("location", id="1")
    app.toggle(key="hours_1_always").set_value(False)
    press(app, "Save the hours")
    assert "Type the hours of one day at least" in words(app)
    app.text_input(key="hours_1_0").set_value("6-12, 14:00–22:00")
    app.text_input(key="hours_1_5").set_value("20:00-2:00")
    press(app, "Save the hours")
    [body] = sent(signed_in, "PUT")
    assert body == {
        "opening_hours": [
            {"weekday": 0, "opens": "06:00", "closes": "12:00"},
            {"weekday": 0, "opens": "14:00", "closes": "22:00"},
            {"weekday": 5, "opens": "20:00", "closes": "02:00"},
        ]
    }


def test_every_day_can_be_as_on_monday(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("location", id="1")
    app.toggle(key="hours_1_always").set_value(False)
    app.text_input(key="hours_1_0").set_value("6-22")
    press(app, "Every day as on Monday")
    assert {app.text_input(key=f"hours_1_{day}").value for day in range(7)} == {"6-22"}
    press(app, "Save the hours")
    [body] = sent(signed_in, "PUT")
    assert [one["weekday"] for one in body["opening_hours"]] == list(range(7))  # type: ignore[index]


@pytest.mark.parametrize(
    ("typed", "hours"),
    [
        ("06:00–22:00", [("06:00", "22:00")]),
        ("6h-22h30", [("06:00", "22:30")]),
        ("0:00-24:00", [("00:00", "00:00")]),
        (" 6.15 - 12 ,14-22 ", [("06:15", "12:00"), ("14:00", "22:00")]),
        ("", []),
    ],
)
def test_hours_are_read_as_people_type_them(typed: str, hours: list[tuple[str, str]]) -> None:
    read = read_day(typed, 3)
    assert [(one["opens"], one["closes"]) for one in read] == hours
    assert read_day(write_day(read, 3), 3) == read


@pytest.mark.parametrize("typed", ["closed", "6", "6-25", "6-12:60", "24:30-2", "6-12 14-22"])
def test_what_are_no_hours_is_said_to_be_none(typed: str) -> None:
    with pytest.raises(NotHours, match=r"24 hours|06:00–22:00"):
        read_day(typed, 0)


def test_closed_days_are_added_and_taken_back(open_page: OpenPage, signed_in: FakeApi) -> None:
    first = TODAY + timedelta(days=30)
    app = open_page("locations")
    assert "No closed days ahead" in words(app)
    app.date_input(key="closed_days").set_value((first, first + timedelta(days=2)))
    press(app, "Save")
    assert sent(signed_in, "POST") == [
        {
            "location_id": None,
            "starts_on": str(first),
            "ends_on": str(first + timedelta(days=2)),
            "reason": None,
        }
    ]
    shown = app.dataframe[1].value
    assert list(shown["where"]) == ["The whole gym"]
    assert "(3 days)" in shown["days"][0]


def test_past_closed_days_are_shown_when_asked(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["locations/closures"].add(
        {"starts_on": "2025-12-24", "ends_on": "2025-12-24", "location_id": 1, "reason": "Holiday"}
    )
    app = open_page("locations")
    assert len(app.dataframe) == 1
    app.toggle(key="past").set_value(True).run()
    assert list(app.dataframe[1].value["where"]) == ["Riverside Gym"]


def test_the_key_of_a_kiosk_is_shown_once(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("location", id="1")
    press(app, "Add a kiosk")
    assert "A kiosk needs a name" in words(app)
    app.text_input(key="kiosk_name").set_value(" Front door ")
    press(app, "Add a kiosk")
    assert signed_in.gym.kiosks[0]["name"] == "Front door"
    assert [code.value for code in app.code] == ["cbk_only-once"]
    app.run()
    assert [code.value for code in app.code] == []
    press(app, "Remove")
    assert signed_in.gym.kiosks == []
