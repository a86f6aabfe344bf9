"""The list of members, one member's page, and adding one."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from frontend.kit.formats import chance, plain
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_gym import FakeGym


def calm(api: FakeApi) -> dict[str, Any]:
    return next(member for member in api.gym.members.values() if not member["at_risk"])


def asked(api: FakeApi, method: str, path: str) -> list[object]:
    return [body for verb, where, body in api.requests if (verb, where) == (method, path)]


def test_consent_to_sms_is_ticked_apart_from_mail_and_says_who_wrote_it_down(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4")
    box = app.checkbox(key="edit_4_sms_consent")
    assert (box.value, box.proto.help) == (False, "")
    box.check()
    press(app, "Save")
    assert asked(signed_in, "PATCH", "/members/4") == [{"sms_consent": True}]
    box = open_page("member", id="4").checkbox(key="edit_4_sms_consent")
    assert box.value
    assert box.proto.help == "Recorded on 20 Nov 2026 by Ana Owner."


def test_the_day_of_a_consent_is_the_gyms(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.members[4] |= {
        "sms_consent": "refused",
        "sms_consent_at": "2026-11-20T23:30:00+00:00",
        "sms_consent_by": "Rui Desk",
    }
    signed_in.gym.timezone = "Europe/Berlin"
    box = open_page("member", id="4").checkbox(key="edit_4_sms_consent")
    assert (box.value, box.proto.help) == (False, "Recorded on 21 Nov 2026 by Rui Desk.")


def test_a_new_members_consent_to_sms_is_sent_with_them(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("add_member")
    app.text_input(key="add_name").set_value("Eva Lima")
    app.checkbox(key="add_sms_consent").check()
    press(app, "Add member")
    [sent] = asked(signed_in, "POST", "/members")
    assert isinstance(sent, dict)
    assert (sent["sms_consent"], sent["email_consent"]) == (True, False)


def test_who_unsubscribed_is_said_and_cannot_be_ticked_back(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.members[1] |= {"email_consent": "unsubscribed", "email_block": "unsubscribed"}
    app = open_page("member", id="1")
    assert "Unsubscribed from your mails." in words(app)
    assert app.checkbox(key="edit_1_consent").disabled
    write = next(button for button in app.button if button.label == "Write an email")
    assert write.disabled


def test_one_page_of_members_and_how_many_there_are(open_page: OpenPage) -> None:
    app = open_page("members")
    assert len(app.dataframe[0].value) == 15
    assert "120 members · page 1 of 8" in words(app)


def test_the_address_holds_search_sort_and_page(open_page: OpenPage) -> None:
    app = open_page("members", search="silva", sort="Newest member", page="2")
    assert app.text_input(key="search").value == "silva"
    assert app.selectbox(key="sort").value == "-join_date"


@pytest.mark.parametrize("page", ["abc", "-3", "0", "99999999999999"])
def test_a_page_that_does_not_exist_does_no_harm(open_page: OpenPage, page: str) -> None:
    assert not open_page("members", page=page).exception


def test_a_new_search_starts_at_its_first_page(open_page: OpenPage) -> None:
    app = open_page("members", page="3")
    app.text_input(key="search").set_value("paula").run()
    assert "page 1 of" in words(app) or "12 members" in words(app)


def test_a_gym_without_members_is_invited_to_import(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym = FakeGym(members=0)
    assert "No members yet" in words(open_page("members"))


def test_members_known_by_number_only_have_a_name_to_read(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.members[1] |= {"name": "", "number": "00001"}
    assert "Member 00001" in list(open_page("members", search="00001").dataframe[0].value["member"])


def test_one_member_in_figures_reasons_and_visits(open_page: OpenPage) -> None:
    app = open_page("member", id="4")
    assert app.title[0].value == "Nina Henriques"
    shown = {metric.label: metric.value for metric in app.metric}
    assert shown["Away for"] == "16 days"
    assert shown["Worth a year"] == "€348"
    assert len(app.get("vega_lite_chart")) == 1
    assert "No visit for 16 days, usually every 3 days" in words(app)


def sentences(app: AppTest) -> str:
    """What is written, without the marks that keep it from being read as markdown."""
    return words(app).replace("\\", "")


@pytest.mark.parametrize(
    ("member_id", "sentence"),
    [
        ("4", "about €122 (€85 to €146): 14.3 payments × €8.50"),
        ("5", "about €413 (€289 to €495): 9.2 months of membership × €45"),
    ],
)
def test_the_forecast_is_a_sentence_with_numbers_to_multiply(
    open_page: OpenPage, member_id: str, sentence: str
) -> None:
    app = open_page("member", id=member_id)
    assert f"Expected over the next 12 months: {sentence}" in sentences(app)


def test_nothing_is_said_where_no_money_is_known(open_page: OpenPage) -> None:
    assert "Expected over" not in words(open_page("member", id="6"))


@pytest.mark.parametrize(
    ("basis", "sentence"),
    [("contract", "nothing, their membership has ended"), ("visits", "hardly anything")],
)
def test_who_has_left_is_expected_to_pay_nothing(
    open_page: OpenPage, signed_in: FakeApi, basis: str, sentence: str
) -> None:
    nothing = {"forecast_value": 0.0, "forecast_units": 0.0, "forecast_basis": basis}
    signed_in.gym.members[4] |= nothing
    assert sentence in words(open_page("member", id="4"))


def test_a_visit_is_recorded_once(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4")
    press(app, "Record a visit")
    assert len(signed_in.gym.check_ins) == 1
    assert [toast.value for toast in app.toast] == ["Visit recorded"]
    press(app, "Record a visit")
    assert "Already checked in a moment ago." in [toast.value for toast in app.toast]


def offered_visits(app: AppTest) -> list[str]:
    return [option for box in app.selectbox if box.label == "Visit" for option in box.options]


def choose_visit(app: AppTest, number: int) -> None:
    next(box for box in app.selectbox if box.label == "Visit").select_index(number)


def test_a_visit_is_taken_back_and_gone_from_the_list(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4", tab="Visits")
    assert offered_visits(app) == list(app.dataframe[0].value["in"])
    choose_visit(app, 1)
    press(app, "Take it back")
    assert signed_in.gym.taken_back == [901]
    assert "Visit taken back" in [toast.value for toast in app.toast]
    assert "11 visits · page 1 of 2" in words(app)
    press(app, "Take it back")
    assert "Choose a visit first." in words(app)
    assert signed_in.gym.taken_back == [901], "a second click takes nothing back"


def test_a_visit_that_somebody_else_took_back_meanwhile_is_no_failure(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4", tab="Visits")
    signed_in.gym.taken_back.append(900)
    choose_visit(app, 0)
    press(app, "Take it back")
    assert "It had been taken back already." in [toast.value for toast in app.toast]
    assert "11 visits" in words(app)


def test_taking_back_the_last_visit_of_a_page_shows_the_page_before(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.taken_back.append(911)
    app = open_page("member", id="4", tab="Visits")
    app.session_state["visits_page_4"] = 2
    app.run()
    assert len(app.dataframe[0].value) == 1
    choose_visit(app, 0)
    press(app, "Take it back")
    assert len(app.dataframe[0].value) == 10
    assert "10 visits" in words(app)


@pytest.mark.parametrize(
    ("role", "offered"), [("receptionist", 1), ("trainer", 1), ("admin", 2), ("owner", 2)]
)
def test_the_desk_is_offered_todays_visits_only(
    open_page: OpenPage, signed_in: FakeApi, role: str, offered: int
) -> None:
    """The API's rule. Days so far away that no clock decides this."""
    signed_in.gym.role = role
    signed_in.gym.taken_back = list(range(900, 912))
    signed_in.gym.check_ins = [
        {
            "check_in_id": n,
            "location_id": None,
            "override_reason": None,
            "member_id": 4,
            "member_name": "Nina",
            "check_out": None,
            "method": "door",
            "check_in": day,
        }
        for n, day in enumerate(["2999-01-01T10:00:00+00:00", "2001-01-01T10:00:00+00:00"], 1)
    ]
    app = open_page("member", id="4", tab="Visits")
    assert len(app.dataframe[0].value) == 2
    assert len(offered_visits(app)) == offered


def test_editing_sends_only_what_was_changed(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4")
    app.text_input(key="edit_4_phone").set_value("+351 1")
    press(app, "Save")
    assert asked(signed_in, "PATCH", "/members/4") == [{"phone": "+351 1"}]


def test_a_plan_is_assigned_frozen_and_cancelled(open_page: OpenPage, signed_in: FakeApi) -> None:
    """Each dialog says beforehand what will happen."""
    app = open_page("member", id="4", tab="Memberships")
    press(app, "Assign a plan")
    press(app, "Assign")
    assert signed_in.gym.memberships[0]["plan_id"] == 1
    press(app, "Freeze")
    assert "until 2 Jan 2027 instead of 19 Dec 2026" in app.info[0].value
    press(app, "Freeze it")
    assert asked(signed_in, "POST", "/memberships/1/freeze")[0]["reason"] is None
    press(app, "Cancel membership")
    assert "ends on 19 Jan 2027" in app.info[0].value
    press(app, "Cancel it")
    assert "Choose a reason first." in [error.value for error in app.error]
    app.selectbox(key="leaving_reason").select("moving").run()
    press(app, "Cancel it")
    assert asked(signed_in, "POST", "/memberships/1/cancel") == [{"reason": "moving", "note": None}]
    assert "Ending" in words(app)


def test_the_price_is_shown_before_a_plan_is_assigned_with_a_code(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4", tab="Memberships")
    press(app, "Assign a plan")
    assert "€29.00" in words(app)
    app.text_input(key="assign_code").set_value("FULL").run()
    assert "no promotion with the code 'FULL'" in words(app).replace("\\", "")
    assert "Assign" not in [button.label for button in app.button]
    app.text_input(key="assign_code").set_value("HALF").run()
    assert "€14.50" in words(app)
    assert "1 term costs this much; each one after it €29.00." in words(app)
    press(app, "Assign")
    assert asked(signed_in, "POST", "/memberships")[0]["code"] == "HALF"


def test_only_what_is_possible_is_offered(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id="4", tab="Memberships")
    press(app, "Assign a plan")
    press(app, "Assign")
    offered = {button.label for button in app.button}
    assert {"Freeze", "Renew", "Change plan", "Cancel membership"} <= offered
    assert not {"Unfreeze", "Withdraw cancellation"} & offered
    press(app, "Change plan")
    assert "280.00" in words(app)


def test_a_member_is_added_and_shown(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("add_member")
    app.text_input(key="add_name").set_value("Rui Melo")
    app.text_input(key="add_email").set_value("rui@example.com")
    press(app, "Add member")
    sent = asked(signed_in, "POST", "/members")[0]
    assert isinstance(sent, dict)
    assert sent["name"] == "Rui Melo"
    assert "plan_id" not in sent


def test_a_member_without_a_name_is_not_sent(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("add_member")
    press(app, "Add member")
    assert "A member needs a name." in words(app)
    assert not asked(signed_in, "POST", "/members")


def test_what_the_api_refuses_is_said_field_by_field(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4")
    signed_in.refuse = ("PATCH", 422, [{"field": "email", "message": "is not an address"}])
    app.text_input(key="edit_4_email").set_value("nonsense")
    press(app, "Save")
    assert "Email: is not an address" in words(app)


def press(app: AppTest, label: str) -> None:
    next(button for button in app.button if button.label == label).click().run()
    assert not app.exception, app.exception


def test_a_risk_says_what_it_is_made_of_and_who_says_it(open_page: OpenPage) -> None:
    shown = words(open_page("member", id="7"))
    assert "**62%** chance of no visit within 30 days, says your gym's own model." in shown
    assert ":red[:material/arrow_upward:] Came 2.8 times a week, 0.5 now" in shown
    assert ":green[:material/arrow_downward:] On a plan of 12 months" in shown
    assert "It is November" not in shown, "nothing that hardly matters"
    assert "**8%** chance of giving notice or not renewing within 30 days." in shown
    assert "Learned from your visits until 12 October 2026." in shown
    assert "Days are counted up to 19 November 2026." in shown


def test_one_page_never_says_two_risks(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("member", id=str(calm(signed_in)["member_id"]))
    assert [m.value for m in app.metric if m.label == "Risk"] == ["62%"]
    assert "This member comes as always." not in words(app)


@pytest.mark.parametrize(
    ("member", "told"),
    [
        ({"visits": 0, "status": "active"}, "This member has not come yet."),
        ({"visits": 9, "status": "frozen"}, "No risk is told while the membership is not active."),
    ],
)
def test_somebody_without_reasons_is_not_said_to_come_as_always(
    open_page: OpenPage, signed_in: FakeApi, member: dict[str, Any], told: str
) -> None:
    found = calm(signed_in)
    found |= member
    shown = words(open_page("member", id=str(found["member_id"])))
    assert told in shown
    assert "comes as always" not in shown


def test_a_members_name_is_shown_as_it_was_typed(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.members[4]["name"] = "Ana ![x](https://tracker.example/a.png) *Bo*"
    title = open_page("member", id="4").title[0].value
    assert title == plain("Ana ![x](https://tracker.example/a.png) *Bo*")


def test_no_chance_is_said_to_be_none_or_certain() -> None:
    assert [chance(share) for share in (0.0, 0.004, 0.5, 0.996, 1.0)] == [
        "1%", "1%", "50%", "99%", "99%",
    ]  # fmt: skip


def test_who_may_leave_is_written_to_first(open_page: OpenPage) -> None:
    def primary(member_id: str) -> list[str]:
        found = open_page("member", id=member_id).button
        return [button.label for button in found if button.proto.type == "primary"]

    assert "Write an email" in primary("4")
    assert "Record a visit" in primary("5")


def test_a_trainer_is_not_offered_what_the_api_refuses_a_trainer(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.role = "trainer"
    assert "Add a member" not in words(open_page("members"))
    app = open_page("member", id="4")
    assert [tab.label for tab in app.tabs] == [
        "Profile", "Visits", "Memberships", "Emails", "Notes", "Medical notes",
    ]  # fmt: skip
    assert not app.text_input, "a profile is read, and not a form"
    assert "In an emergency" in words(app)
    assert "Record a visit" in words(app)
    assert "Assign" not in words(open_page("member", id="4", tab="Memberships"))


def test_the_desk_may_add_and_change_members(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.role = "receptionist"
    assert "Add a member" in words(open_page("members"))
    assert open_page("member", id="4").text_input(key="edit_4_name").value
    assert "Assign" in words(open_page("member", id="4", tab="Memberships"))


def test_a_members_page_leads_back_to_the_list_it_was_opened_from(open_page: OpenPage) -> None:
    app = open_page("member", id="4")
    assert app.button(key="way_back").label == "All members"
    app.session_state["member_came_from"] = "at_risk/pages/at_risk.py"
    app.run()
    app.button(key="way_back").click().run()
    assert app.title[0].value == "Members at risk"


def test_every_visit_can_be_paged_to(open_page: OpenPage) -> None:
    app = open_page("member", id="4", tab="Visits")
    assert "12 visits · page 1 of 2" in words(app)
    assert len(app.dataframe[0].value) == 10
