"""The list of equipment, adding to it, and what becomes of a machine."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


@pytest.fixture
def machines(signed_in: FakeApi) -> FakeApi:
    """17 machines: the third is broken, and no two were bought on one day."""
    table = signed_in.tables["equipment"]
    for number in range(1, 18):
        table.add(
            {
                "name": f"Rower {number:02}",
                "category": "strength" if number % 2 else "cardio",
                "status": "out_of_order" if number == 3 else "working",
                "location": "Hall",
                "purchased_on": f"2025-01-{number:02}",
            }
        )
    return signed_in


def names(app: AppTest) -> list[str]:
    return list(app.dataframe[0].value["name"])


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()


def test_one_page_of_machines_and_how_many_there_are(
    open_page: OpenPage, machines: FakeApi
) -> None:
    app = open_page("equipment")
    assert len(names(app)) == 15
    assert "17 machines · page 1 of 2" in words(app)


def test_search_filter_and_sort_are_the_servers(open_page: OpenPage, machines: FakeApi) -> None:
    app = open_page("equipment")
    app.selectbox(key="status").set_value("out_of_order").run()
    assert names(app) == ["Rower 03"]
    app.selectbox(key="status").set_value(None).run()
    app.selectbox(key="sort").set_value("-purchased_on").run()
    assert names(app)[0] == "Rower 17"
    app.text_input(key="search").set_value("rower 1").run()
    assert len(names(app)) == 8
    app.text_input(key="search").set_value("treadmill").run()
    assert "Nothing matches" in words(app)


def test_a_gym_without_equipment_is_told_what_it_is_for(open_page: OpenPage) -> None:
    assert "No equipment yet" in words(open_page("equipment"))


def test_a_machine_is_added(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("equipment_item")
    press(app, "Save")
    assert "needs a name and a category" in words(app)
    app.text_input(key="equipment_new_name").set_value(" Treadmill 1 ")
    app.selectbox(key="equipment_new_category").set_value("cardio")
    press(app, "Save")
    [row] = signed_in.tables["equipment"].rows
    assert (row["name"], row["category"], row["status"]) == ("Treadmill 1", "cardio", "working")
    assert [toast.value for toast in app.toast] == ["Saved: Treadmill 1"]


def test_only_what_was_changed_is_sent(open_page: OpenPage, machines: FakeApi) -> None:
    app = open_page("equipment_item", id="3")
    assert app.title[0].value == "Rower 03"
    app.selectbox(key="equipment_3_status").set_value("in_repair")
    app.text_input(key="equipment_3_location").set_value("")
    press(app, "Save")
    sent = [body for verb, path, body in machines.requests if verb == "PATCH"]
    assert sent == [{"status": "in_repair", "location": None}]


def test_what_was_entered_by_mistake_is_deleted(open_page: OpenPage, machines: FakeApi) -> None:
    app = open_page("equipment_item", id="3")
    app.button(key="delete").click().run()
    assert machines.tables["equipment"].find(3) is None


def test_a_trainer_sees_it_and_changes_nothing(open_page: OpenPage, machines: FakeApi) -> None:
    machines.gym.role = "trainer"
    app = open_page("equipment_item", id="3")
    assert next(button for button in app.button if button.label == "Save").disabled
    assert not [button for button in app.button if button.key == "delete"]


def test_a_machine_that_is_gone_is_said_to_be(open_page: OpenPage, machines: FakeApi) -> None:
    assert "This is not here any more" in words(open_page("equipment_item", id="99"))
