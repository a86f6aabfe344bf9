"""Who pays for whom is seen and changed on the member's page."""

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_members import make_household
from tests.frontend.members.test_members import asked


def test_a_household_begins_with_who_pays(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4", tab="Household")
    assert "In no household." in words(app)
    name = signed_in.gym.members[7]["name"]
    app.text_input(key="household_search_0").set_value(name).run()
    app.button(key="pays_7").click().run()
    assert asked(signed_in, "POST", "/households") == [{"payer_id": 7, "member_ids": [4]}]
    assert name in words(app)
    assert "Pays" in words(app)


def test_who_has_the_same_phone_is_proposed(open_page: OpenPage, signed_in: FakeApi) -> None:
    for key in (4, 7):
        signed_in.gym.members[key] |= {"phone_e164": "+351912345678", "number": "351912345678"}
    app = open_page("member", id="4", tab="Household")
    assert "The same phone or email:" in words(app)
    assert {b.key for b in app.button if str(b.key).startswith("pays_")} == {"pays_7"}
    app.button(key="paid_7").click().run()
    assert asked(signed_in, "POST", "/households") == [{"payer_id": 4, "member_ids": [7]}]


def test_who_pays_already_is_joined(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.households = [make_household(signed_in, 3, [7, 8])]
    app = open_page("member", id="4", tab="Household")
    app.text_input(key="household_search_0").set_value(signed_in.gym.members[7]["name"]).run()
    app.button(key="pays_7").click().run()
    assert asked(signed_in, "POST", "/households/3/members") == [{"member_id": 4}]


def test_who_is_paid_for_themselves_does_not_pay_for_others(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    """Nobody is added to what somebody else pays."""
    signed_in.gym.households = [make_household(signed_in, 3, [8, 7])]
    app = open_page("member", id="4", tab="Household")
    app.text_input(key="household_search_0").set_value(signed_in.gym.members[7]["name"]).run()
    app.button(key="pays_7").click().run()
    assert asked(signed_in, "POST", "/households/3/members") == []
    assert asked(signed_in, "POST", "/households") == [{"payer_id": 7, "member_ids": [4]}]


def test_people_are_added_taken_out_and_let_pay(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.households = [make_household(signed_in, 3, [4, 7])]
    app = open_page("member", id="4", tab="Household")
    assert "€120.00 paid by the household's payer" in words(app)
    app.text_input(key="household_search_2").set_value(signed_in.gym.members[9]["name"]).run()
    app.button(key="add_9").click().run()
    assert asked(signed_in, "POST", "/households/3/members") == [{"member_id": 9}]
    assert app.text_input(key="household_search_3").value == ""
    app.button(key="payer_9").click().run()
    assert asked(signed_in, "PUT", "/households/3/payer") == [{"member_id": 9}]
    app.button(key="leave_7").click().run()
    assert len(asked(signed_in, "DELETE", "/households/3/members/7")) == 1
    next(button for button in app.button if button.label == "Dissolve it").click().run()
    assert signed_in.gym.households == []
    assert "In no household." in words(app)


def test_trainers_do_not_see_who_pays(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.role = "trainer"
    app = open_page("member", id="4")
    assert "Household" not in [tab.label for tab in app.tabs]
