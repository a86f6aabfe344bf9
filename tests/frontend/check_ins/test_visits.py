"""Visits in figures: every number is the API's, and the address keeps what was asked."""

from urllib.parse import parse_qsl, urlsplit

from tests.frontend.conftest import OpenPage, words
from tests.frontend.fake_api import FakeApi


def asked(api: FakeApi) -> dict[str, str]:
    [*_, url] = [url for url in api.urls if "/check-ins/statistics" in url]
    return dict(parse_qsl(urlsplit(url).query))


def test_numbers_are_those_of_the_api(open_page: OpenPage, signed_in: FakeApi) -> None:
    app = open_page("visits")
    assert {metric.label: metric.value for metric in app.metric} == {
        "Visits": "1,240",
        "Members who came": "96",
        "Visits a day": "41",
    }
    plans, locations = (frame.value for frame in app.dataframe)
    assert list(plans["name"]) == ["Basic", "No membership known"]
    assert list(locations["name"]) == ["Riverside Gym"]


def test_the_address_says_which_days_and_plan(open_page: OpenPage, signed_in: FakeApi) -> None:
    query = {"from": "2026-11-01", "to": "2026-11-10", "plan": "Plus"}
    shown = words(open_page("visits", **query))
    assert "1 Nov 2026 to 10 Nov 2026" in shown
    assert asked(signed_in) == {"from": "2026-11-01", "to": "2026-11-10", "plan_id": "2"}


def test_days_in_the_wrong_order_are_said(open_page: OpenPage, signed_in: FakeApi) -> None:
    shown = words(open_page("visits", **{"from": "2026-11-10", "to": "2026-11-01"}))
    assert "The last day lies before the first one." in shown


def test_a_member_sees_how_long_they_have_kept_it_up(
    open_page: OpenPage, signed_in: FakeApi
) -> None:
    app = open_page("member", id="4", tab="Visits")
    shown = {metric.label: metric.value for metric in app.metric}
    assert (shown["Weeks in a row"], shown["Longest so far"]) == ("5", "14")


def test_the_desk_shows_how_full_each_location_is(open_page: OpenPage, signed_in: FakeApi) -> None:
    signed_in.tables["locations"].add({"name": "Beach", "capacity": 40})
    shown = words(open_page("desk"))
    assert "Riverside Gym: 0" in shown
