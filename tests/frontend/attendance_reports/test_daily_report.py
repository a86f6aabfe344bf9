"""The daily report: yesterday first, made on demand, mailed to whoever wants it."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from frontend.attendance_reports import client
from frontend.kit import session
from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


@pytest.fixture(autouse=True)
def _noon(signed_in: FakeApi) -> None:
    """It is noon in the gym, so that no other day begins while a page is read."""
    signed_in.gym.timezone = f"Etc/GMT{datetime.now(UTC).hour - 12:+d}"


def yesterday(api: FakeApi) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(api.gym.timezone)).date() - timedelta(days=1)


def test_it_opens_with_yesterday(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.gym.make_report(yesterday(signed_in).isoformat())
    app = open_page("daily_report")
    figures = {metric.label: metric.value for metric in app.metric}
    assert figures == {
        "Visits": "143",
        "Members": "131",
        "Busiest hour": "18:00",
        "First visit ever": "1",
        "Came back": "1",
    }
    first, returned = (table.value for table in app.dataframe)
    assert list(first["member"]) == ["Daniel Costa"]
    assert list(returned["away"]) == ["34 days"]
    assert [b.proto.label for b in app.get("download_button")] == ["PDF", "CSV"]


def test_a_day_without_a_report_can_be_counted_now(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("daily_report")
    assert "There is no report of" in words(app)
    assert not app.metric
    app.button(key="make_report").click().run()
    assert yesterday(signed_in).isoformat() in signed_in.gym.reports
    assert app.metric[0].value == "143"


def test_a_day_whose_visits_changed_says_so(open_page: OpenPage, signed_in: FakeApi) -> None:
    day = yesterday(signed_in).isoformat()
    signed_in.gym.make_report(day, is_outdated=True)
    app = open_page("daily_report")
    assert "Visits of this day changed since it was counted." in words(app)
    app.button(key="make_report").click().run()
    assert "changed since" not in words(app)


def test_the_day_before_is_one_click_away(open_page: OpenPage, signed_in: FakeApi) -> None:
    before = yesterday(signed_in) - timedelta(days=1)
    signed_in.gym.make_report(before.isoformat(), visits=77)
    app = open_page("daily_report")
    app.button(key="day_before").click().run()
    assert app.date_input[0].value == before
    assert app.metric[0].value == "77"


def test_the_owner_switches_the_mail_on_and_off(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("daily_report")
    assert "It goes to ana@example.com." in words(app)
    app.toggle(key="mails_daily_report").set_value(True).run()
    assert signed_in.gym.mails_daily_report is True
    app.toggle(key="mails_daily_report").set_value(False).run()
    assert signed_in.gym.mails_daily_report is False


def test_a_switch_that_could_not_be_set_does_not_look_set(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("daily_report")
    signed_in.refuse = ("PATCH", 500, [])
    app.toggle(key="mails_daily_report").set_value(True).run()
    assert not app.exception
    assert app.toggle(key="mails_daily_report").value is False
    assert "nothing was changed" in words(app)


def test_a_day_without_visits_has_no_busiest_hour(open_page: OpenPage, signed_in: FakeApi) -> None:
    quiet = {"visits": 0, "unique_members": 0, "peak_hour": None, "peak_visits": 0}
    signed_in.gym.make_report(
        yesterday(signed_in).isoformat(),
        **quiet, hours=[0] * 24, first_timer_members=[], returned_members=[],
    )  # fmt: skip
    app = open_page("daily_report")
    assert {m.label: m.value for m in app.metric}["Busiest hour"] == "–"
    assert "Nobody on this day." in words(app)


def test_a_day_is_held_against_the_same_weekday_of_the_weeks_before(
    open_page: OpenPage, signed_in: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = yesterday(signed_in)
    weeks = [{"day": str(day - timedelta(weeks=ago)), "visits": 130} for ago in range(1, 5)]
    known = signed_in.gym.visits(90) | {"days": weeks}
    monkeypatch.setattr(signed_in.gym, "visits", lambda _: known)
    signed_in.gym.make_report(day.isoformat())
    compared = "against the same weekday of the four weeks before."
    assert f"+10% {compared}" in words(open_page("daily_report"))
    weeks.pop()
    assert compared not in words(open_page("daily_report")), "four, or nothing is said"


def test_a_day_that_is_not_over_is_held_against_nothing(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.make_report(yesterday(signed_in).isoformat(), is_complete=False)
    shown = words(open_page("daily_report"))
    assert "The day is not over" in shown
    assert "against the four" not in shown


def test_files_are_made_only_for_whoever_asks(open_page: OpenPage, signed_in: FakeApi) -> None:
    day = yesterday(signed_in)
    signed_in.gym.make_report(day.isoformat())
    open_page("daily_report")
    assert not [path for _, path, _ in signed_in.requests if path.endswith((".pdf", ".csv"))]
    assert client.read_file(day, "pdf", api=session.for_later())


def test_staff_read_the_report_and_are_offered_nothing_else(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    signed_in.gym.role = "trainer"
    app = open_page("members")
    app.switch_page("attendance_reports/pages/daily_report.py").run()
    assert not app.exception
    shown = words(app)
    assert "There is no report of" in shown
    assert "Make it now" not in shown
    assert not app.toggle
