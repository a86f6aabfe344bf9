"""The list of members at risk, and writing to them."""

from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from frontend.at_risk.reasons import badges
from frontend.campaigns.selection import Selection
from frontend.kit.api_types import ReasonItem
from tests.frontend import fake_api, fake_campaigns
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_gym import FakeGym


def pick(app: AppTest, *member_ids: int) -> AppTest:
    app.session_state["picked_members"].values = dict.fromkeys(member_ids, 348.0)
    app.session_state["picked_members"].version += 1
    return app.run()


def compose(app: AppTest, *member_ids: int, in_bulk: bool = False) -> AppTest:
    app.session_state["compose_for"] = (list(member_ids), in_bulk)
    return app.run()


def last_body(api: FakeApi, path: str) -> Any:
    return [body for method, asked, body in api.requests if (method, asked) == ("POST", path)][-1]


def test_the_count_the_money_and_the_page_are_those_of_the_server(open_page: OpenPage) -> None:
    app = open_page("at_risk")
    assert "**24** members · **€8,352** a year at stake" in words(app)
    assert len(app.dataframe[0].value) == 12
    assert list(app.dataframe[0].value["why"][0]) == ["15 days away"]
    assert "24 members · page 1 of 2" in words(app)


def test_tabs_carry_their_numbers_and_choose_the_list(open_page: OpenPage) -> None:
    app = open_page("at_risk")
    tabs = app.get("button_group")[0]
    assert [option.content for option in tabs.proto.options] == [
        "Drifting 24",
        "Gone 12",
        "Not started 4",
        "All 40",
    ]
    app.session_state["risk_tab"] = "gone"
    app.run()
    assert "**12** members" in words(app)


def test_searching_and_sorting_are_done_by_the_server(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("at_risk")
    app.text_input(key="risk_search").set_value("paula").run()
    assert set(app.dataframe[0].value["member"].str.split().str[0]) == {"Paula"}
    app.selectbox(key="risk_sort").select("name").run()
    assert not app.exception


def test_nobody_matches_is_told_apart_from_nobody_at_risk(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("at_risk")
    app.text_input(key="risk_search").set_value("zzz").run()
    assert "Nobody matches" in words(app)
    for member in signed_in.gym.members.values():
        member["tab"] = None
    assert "Nobody here today" in words(open_page("at_risk"))
    assert "No member is at risk. Nice work." in words(open_page("at_risk"))


@pytest.mark.parametrize("tab", ["drifting", "gone", "not_started"])
def test_the_page_opens_at_the_first_list_that_has_somebody(
    open_page: OpenPage, signed_in: FakeApi, tab: str
) -> None:
    for member in signed_in.gym.members.values():
        member["tab"] = None
    signed_in.gym.members[1]["tab"] = tab
    app = open_page("at_risk")
    assert app.session_state["risk_tab"] == tab
    assert "**1** member" in words(app)
    app.session_state["risk_tab"] = "gone" if tab == "drifting" else "drifting"
    shown = words(app.run())
    assert "1 member is at risk in another list." in shown
    assert "Nice work" not in shown


def test_a_gym_without_members_is_not_praised(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym = FakeGym(members=0)
    shown = words(open_page("at_risk"))
    assert "No members yet" in shown
    assert "Nice work" not in shown


def test_why_somebody_cannot_be_mailed_stands_in_the_row(open_page: OpenPage) -> None:
    shown = list(open_page("at_risk").dataframe[0].value["mail"][:5])
    assert shown == ["", "No address", "No consent", "Unsubscribed", "20 Nov 2026"]


def test_the_bar_counts_what_is_ticked_on_every_page(open_page: OpenPage) -> None:
    app = pick(open_page("at_risk"), 1, 40)
    assert "**2 selected** · €696 a year" in words(app)
    assert app.button(key="risk_email").label == "Email 2 members"


def test_selecting_all_that_match_takes_every_page_and_their_money(open_page: OpenPage) -> None:
    app = open_page("at_risk")
    app.button(key="risk_all").click().run()
    assert "**24 selected** · €8,352 a year" in words(app)
    app.button(key="risk_clear").click().run()
    assert "selected" not in words(app)


def test_ticks_survive_a_change_of_page() -> None:
    first = [{"member_id": n, "yearly_value": 10.0} for n in (1, 2, 3)]
    second = [{"member_id": n, "yearly_value": None} for n in (4, 5)]
    picked = Selection()
    assert picked.sync(first, [0, 2])  # type: ignore[arg-type]
    assert picked.sync(second, [1])  # type: ignore[arg-type]
    assert picked.ids == [1, 3, 5]
    assert picked.rows_on(first) == [0, 2]  # type: ignore[arg-type]
    assert not picked.sync(first, [0, 2])  # type: ignore[arg-type]
    assert picked.sync(first, [0])  # type: ignore[arg-type]
    assert picked.ids == [1, 5]
    assert picked.yearly_value == 10.0


def test_money_of_people_chosen_unseen_is_not_invented() -> None:
    picked = Selection()
    picked.choose_all([1, 2, 3], 500.0)
    assert picked.yearly_value == 500.0
    assert picked.is_bulk
    del picked.values[2]
    assert picked.yearly_value is None


def test_the_preview_is_the_apis_and_follows_the_text(open_page: OpenPage) -> None:
    app = compose(open_page("at_risk"), 1, 16)
    assert "We miss you at Iron District Gym, Paula" in words(app)
    app.text_input(key="compose_subject_we_miss_you").set_value("Hello {{first_name}}").run()
    assert "Hello Paula" in words(app)
    assert app.button(key="compose_send").label == "Send to 2 members"


def test_who_is_left_out_and_why_is_said_before_sending(open_page: OpenPage) -> None:
    app = compose(open_page("at_risk"), 1, 4, 7, 10, 13)
    shown = words(app)
    assert "4 of 5 are left out" in shown
    assert "1 has no email address · 1 has not agreed to mail · 1 has unsubscribed" in shown
    assert "1 was written to in the last seven days" in shown
    assert app.button(key="compose_send").label == "Send to 1 member"


def test_a_text_with_a_mistake_cannot_be_sent(open_page: OpenPage) -> None:
    app = compose(open_page("at_risk"), 1)
    app.text_area(key="compose_body_we_miss_you").set_value("Hi {{frist_name}},").run()
    assert "There is no field {{frist_name}}." in words(app)
    assert app.button(key="compose_send").disabled


def test_long_gone_members_chosen_in_bulk_are_left_out_unless_asked(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    gone = [m["member_id"] for m in signed_in.gym.members.values() if m["tab"] == "gone"]
    app = compose(open_page("at_risk"), *gone, in_bulk=True)
    assert "12 have been away for 60 days or more" in words(app)
    assert app.button(key="compose_send").disabled
    app.checkbox(key="compose_dormant").check().run()
    assert app.button(key="compose_send").label == "Send to 12 members"


def test_without_a_mail_server_send_is_disabled_and_says_why(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.email_problem = "SMTP_HOST is not set."
    app = compose(open_page("at_risk"), 1)
    assert "SMTP_HOST is not set." in words(app)
    assert app.button(key="compose_send").disabled


def test_what_should_be_known_before_sending_is_said_and_forbids_nothing(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.mail_notes = ["Your newest visit is of 30 June 2024."]
    app = compose(open_page("at_risk"), 1)
    assert "Your newest visit is of 30 June 2024." in words(app)
    assert not app.button(key="compose_send").disabled


def test_beyond_the_gyms_limit_it_says_how_many_get_it_now_and_how_many_do_not_today(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.daily_limit = 1
    app = compose(open_page("at_risk"), 1, 16)
    assert "1 not today: your limit for 24 hours is reached" in words(app)
    assert "1 mail goes out now" in words(app)
    assert app.button(key="compose_send").label == "Send to 1 member"


def test_until_the_address_is_confirmed_send_is_disabled_and_the_link_can_be_sent_again(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.is_confirmed = False
    app = compose(open_page("at_risk"), 1)
    assert "Your address ana@example.com is not confirmed yet." in words(app)
    assert app.button(key="compose_send").disabled
    app.button(key="mail_link").click().run()
    assert signed_in.gym.links_mailed == 1


def test_sending_ends_with_the_number_that_arrived(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = compose(pick(open_page("at_risk"), 1, 16), 1, 16)
    app.button(key="compose_send").click().run()
    assert last_body(signed_in, "/campaigns")["member_ids"] == [1, 16]
    assert last_body(signed_in, "/campaigns")["name"] == "We miss you"
    assert len(app.session_state["picked_members"]) == 0
    app.run()
    assert "2 emails sent" in words(app)


def test_the_same_mail_keeps_its_key_when_the_answer_was_lost(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = compose(open_page("at_risk"), 1)
    send, lost = fake_campaigns.send, []

    def answer_is_lost(api: FakeApi, request: Any, body: Any) -> Any:
        send(api, request, body)
        lost.append(request.headers["idempotency-key"])
        raise RuntimeError("the line went dead")

    routes = replace_route(signed_in, "POST", "/campaigns", answer_is_lost)
    app.button(key="compose_send").click().run()
    assert "We can't reach the server" in words(app)
    routes()
    app.button(key="compose_send").click().run()
    assert len(signed_in.gym.campaigns) == 1
    assert list(signed_in.gym.sent_keys) == lost


def replace_route(api: FakeApi, method: str, pattern: str, handler: Any) -> Any:
    before = list(fake_api.ROUTES)
    fake_api.ROUTES[:] = [
        (m, p, handler if (m, p) == (method, pattern) else h, is_open)
        for m, p, h, is_open in before
    ]

    def undo() -> None:
        fake_api.ROUTES[:] = before

    return undo


def test_a_reason_is_short_on_a_badge_and_never_said_twice() -> None:
    away: ReasonItem = {"code": "no_visit", "text": "…", "numbers": {"days": 30.0}}
    gone: ReasonItem = {"code": "visits_down", "text": "…", "numbers": {"drop_percent": 100.0}}
    less: ReasonItem = {"code": "visits_down", "text": "…", "numbers": {"drop_percent": 60.0}}
    ends: ReasonItem = {"code": "renewal_soon", "text": "…", "numbers": {"days": 0.0}}
    assert badges([away, gone]) == ["30 days away"]
    assert badges([away, less, ends]) == ["30 days away", "Visits down 60%", "Ends today"]
    assert badges([gone]) == ["Visits down 100%"]
    leaves: ReasonItem = {"code": "notice_given", "text": "…", "numbers": {"days": 9.0}}
    assert badges([leaves]) == ["Leaves in 9 days"]
    assert badges([{"code": "new_one", "text": "In full"}]) == ["In full"]


def test_the_last_mail_is_told_where_nothing_forbids_the_next(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    first, second = [m for m in signed_in.gym.at_risk() if m["tab"] == "drifting"][:2]
    late = {"last_mailed_at": "2026-10-19T23:30:00+00:00"}
    first |= {**late, "email_block": None}
    second |= {**late, "email_block": "unsubscribed"}
    mails = list(open_page("at_risk").dataframe[0].value["mail"])
    assert mails[:2] == ["20 Oct 2026", "Unsubscribed"], "in the gym's own day"


def test_the_order_of_the_list_is_in_sight(open_page: OpenPage) -> None:
    assert open_page("at_risk").selectbox(key="risk_sort").value == "-saveable"
