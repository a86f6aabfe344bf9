"""The tabs of a member's page: only the open one is asked for, and the address names it."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_members import make_household
from tests.frontend.members.test_members import asked, press


def paths_asked(api: FakeApi) -> list[str]:
    return [path for _verb, path, _body in api.requests]


def test_a_tab_is_asked_for_when_it_is_opened(open_page: OpenPage, signed_in: FakeApi) -> None:
    open_page("member", id="4")
    own = ("/members/4/notes", "/members/4/messages", "/members/4/payments", "/check-ins")
    assert not set(own) & set(paths_asked(signed_in))
    for tab, path in zip(("Notes", "Emails", "Payments", "Visits"), own, strict=True):
        signed_in.requests.clear()
        open_page("member", id="4", tab=tab)
        assert set(own) & set(paths_asked(signed_in)) == {path}


def test_who_is_called_in_an_emergency_is_kept(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4")
    app.text_input(key="edit_4_emergency_contact").set_value("Rosa")
    app.text_input(key="edit_4_emergency_phone").set_value("+351 912 345 678")
    press(app, "Save")
    assert asked(signed_in, "PATCH", "/members/4") == [
        {"emergency_contact": "Rosa", "emergency_phone": "+351 912 345 678"}
    ]


def test_a_tag_is_given_and_a_new_one_made(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["tags"].add({"name": "VIP"})
    app = open_page("member", id="4")
    box = app.multiselect(key="tags_4")
    assert (box.value, box.options) == (["Morning crew"], ["Morning crew", "VIP"])
    box.set_value(["VIP"]).run()
    assert asked(signed_in, "PUT", "/members/4/tags") == [{"tags": ["VIP"]}]


def test_a_tag_is_renamed_for_all_and_deleted(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["tags"].add({"name": "VIP", "members": 3})
    app = open_page("members")
    assert "3 members have it." in words(app)
    app.text_input(key="tag_name_1").set_value("Gold")
    press(app, "Rename")
    assert asked(signed_in, "PATCH", "/tags/1") == [{"name": "Gold"}]
    press(app, "Delete the tag")
    assert signed_in.tables["tags"].rows == []


def write(app: AppTest, text: str) -> None:
    app.text_area(key="new_note").set_value(text)
    press(app, "Write it down")


def test_a_note_is_written_changed_and_deleted(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4", tab="Notes")
    press(app, "Write it down")
    assert "Write something first." in words(app)
    write(app, "Hurt her *knee*")
    assert "Hurt her *knee*" in [element.value for element in app.text]
    assert "Ana Owner · " in words(app)
    app.text_area(key="note_text_1").set_value("Knee is fine")
    press(app, "Save")
    assert signed_in.gym.notes[0]["text"] == "Knee is fine"
    press(app, "Delete it")
    assert signed_in.gym.notes == []
    assert "Nobody has written anything down" in words(app)


def test_a_note_of_somebody_else_is_changed_by_the_owner_only(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    def offered(role: str, *, is_own: bool) -> bool:
        signed_in.gym.role = role
        signed_in.gym.notes = [
            {"note_id": 1, "text": "x", "author": "Rui", "is_own": is_own}
            | {"created_at": "2026-11-01T10:00:00+00:00", "edited_at": None}
        ]
        app = open_page("member", id="4", tab="Notes")
        return any(button.label == "Delete it" for button in app.button)

    assert offered("owner", is_own=False)
    assert offered("trainer", is_own=True)
    assert not offered("receptionist", is_own=False)


@pytest.mark.parametrize(
    ("currency", "amount"), [("JPY", "JP¥29"), ("EUR", "€29.00"), ("KWD", "KWD\xa029.000")]
)
def test_money_has_the_decimals_of_its_currency(
    open_page: OpenPage, signed_in: FakeApi, currency: str, amount: str
) -> None:
    signed_in.gym.currency = currency
    signed_in.gym.members[4]["spend"] = 29.0
    said = words(open_page("member", id="4", tab="Payments"))
    assert f"Paid so far: **{amount}**" in said
    signed_in.gym.households = [make_household(signed_in, 3, [4, 7])]
    paid = amount.replace("29", "120")
    assert f"{paid} paid by the household's payer" in words(
        open_page("member", id="4", tab="Household")
    )


def test_payments_say_what_was_paid_and_what_failed(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4", tab="Payments")
    assert "Paid so far" in words(app)
    shown = app.dataframe[0].value
    assert list(shown["state"]) == [["Failed"], ["Paid"], ["Paid"]]
    assert list(shown["why"]) == ["card declined", "", ""]
    assert "No payment was asked for yet." in words(open_page("member", id="5", tab="Payments"))


def test_medical_notes_are_read_when_asked_for_and_not_by_opening_the_tab(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    path = "/members/4/medical-notes"
    app = open_page("member", id="4", tab="Medical notes")
    assert path not in paths_asked(signed_in)
    assert "is recorded" in words(app)
    press(app, "Read the medical notes")
    assert asked(signed_in, "GET", path)
    app.text_area(key="medical_4").set_value("Nothing known")
    press(app, "Save")
    assert asked(signed_in, "PUT", path) == [{"text": "Nothing known"}]
    signed_in.gym.role = "receptionist"
    assert "Medical notes" not in [tab.label for tab in open_page("member", id="4").tabs]
