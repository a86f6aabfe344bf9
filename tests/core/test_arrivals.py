"""The desk is told what matters of who comes in, and nothing of whom nothing matters."""

from datetime import date, timedelta

import pytest

from core.arrivals import Alert, AlertKind, Arrival, find_alerts, format_alert, is_birthday

DAY = date(2026, 11, 30)
YESTERDAY = DAY - timedelta(days=1)
REGULAR = Arrival(DAY, YESTERDAY, covered_until=DAY + timedelta(days=200))


def told(**known: object) -> list[str]:
    arrival = Arrival(**{**vars(REGULAR), **known})
    return [str(format_alert(alert)) for alert in find_alerts(arrival)]


def test_of_a_regular_nothing_is_said() -> None:
    assert told() == []
    assert told(covered_until=None) == [], "open-ended, or none is known"


def test_who_stayed_away_is_greeted_from_two_weeks_on() -> None:
    assert told(last_visit_on=DAY - timedelta(days=13)) == []
    assert told(last_visit_on=DAY - timedelta(days=14)) == ["First visit in 14 days"]
    assert told(last_visit_on=None) == ["First visit ever"]


def test_a_membership_that_ends_soon_is_said_until_its_last_day() -> None:
    ends = "Membership ends on {}"
    assert told(covered_until=DAY + timedelta(days=15)) == []
    assert told(covered_until=DAY + timedelta(days=14)) == [ends.format("2026-12-14")]
    assert told(covered_until=DAY) == [ends.format("2026-11-30")]


def test_what_is_left_of_a_pack_is_said() -> None:
    assert told(visits_left=0) == ["0 visits left"]
    assert told(visits_left=1) == ["1 visit left"]


@pytest.mark.parametrize(
    ("born", "day", "is_one"),
    [
        (date(1990, 11, 30), DAY, True),
        (date(1990, 11, 29), DAY, False),
        (date(2000, 2, 29), date(2027, 2, 28), True),
        (date(2000, 2, 29), date(2028, 2, 28), False),
        (date(2000, 2, 29), date(2028, 2, 29), True),
        (date(2000, 2, 28), date(2028, 2, 28), True),
    ],
)
def test_a_birthday_is_once_a_year(born: date, day: date, is_one: bool) -> None:
    assert is_birthday(born, day) is is_one
    assert (Alert(AlertKind.BIRTHDAY) in find_alerts(Arrival(day, day, birth_date=born))) is is_one
