"""The first page."""

from frontend.analytics.cards import whole_weeks
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi
from tests.frontend.fake_gym import FakeGym


def test_money_is_said_before_the_cards(open_page: OpenPage) -> None:
    app = open_page()
    sentence = next(m.value for m in app.markdown if "slipping away" in m.value)
    assert "40 members" in sentence
    assert "13,920" in sentence.replace("\\", "")


def test_every_card_carries_the_apis_figure(open_page: OpenPage) -> None:
    shown = {metric.label: metric.value for metric in open_page().metric}
    assert shown == {
        "Active members": "120",
        "Members at risk": "40",
        "Retention": "96.9%",
        "Revenue": "€4,210",
        "Visits in 7 days": "213",
    }


def test_a_day_that_has_just_begun_does_not_make_a_bad_week() -> None:
    quiet_morning = [{"day": f"2026-11-{n:02d}", "visits": 10} for n in range(1, 15)]
    begun = [*quiet_morning, {"day": "2026-11-15", "visits": 1}]
    assert whole_weeks(begun, today_is_last=True) == (70, 70)
    assert whole_weeks(begun, today_is_last=False) == (61, 70), "an old log's last day is over"


def test_who_was_written_to_are_members_and_the_way_to_them_is_one_click(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.campaigns = [{"sent": 3}]
    app = open_page()
    assert "You wrote to 3 members in the last 30 days, and **0** of them came back." in words(app)
    assert [link.proto.label for link in app.get("page_link")] == ["See who came back"]


def test_four_charts_have_words_for_those_who_cannot_see_them(open_page: OpenPage) -> None:
    charts = open_page().get("vega_lite_chart")
    assert len(charts) == 4
    assert all(chart.proto.alt for chart in charts)


def test_living_figures_carry_no_note(open_page: OpenPage) -> None:
    assert not open_page().warning


def test_figures_that_end_in_the_past_say_so(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.as_of_is_live = False
    assert "31 March 2026" in open_page().warning[0].value


def test_an_empty_gym_gets_three_steps_and_no_charts(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym = FakeGym(members=0)
    app = open_page()
    assert [step.value for step in app.subheader] == [
        "1. Bring your members",
        "2. Connect your email",
        "3. Win somebody back",
    ]
    assert not app.metric
    assert not app.get("vega_lite_chart")


def test_the_steps_say_why_mail_cannot_be_sent(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym = FakeGym(members=0)
    signed_in.gym.email_problem = "SMTP_HOST is not set."
    assert "SMTP_HOST is not set." in words(open_page())


def test_it_asks_for_the_link_in_the_mail_before_anybody_writes(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    assert "Confirm your email address" not in words(open_page())
    signed_in.gym.is_confirmed = False
    assert "Your address ana@example.com is not confirmed yet." in words(open_page())


def test_nobody_at_risk_is_good_news(open_page: OpenPage, signed_in: FakeApi) -> None:
    for member in signed_in.gym.members.values():
        member["tab"] = None
    app = open_page()
    assert "Nobody is slipping away today" in words(app)
    assert "See who is at risk" not in words(app)


def test_it_says_who_tells_the_risk(open_page: OpenPage, signed_in: FakeApi) -> None:
    assert "or whom your gym's own model gives a high chance" in words(open_page())
    assert signed_in.gym.risk_model is not None
    signed_in.gym.risk_model |= {"scope": "pooled"}
    assert "or whom a model of several gyms gives" in words(open_page())
    signed_in.gym.risk_model = None
    assert "not enough history yet for a model" in words(open_page())
