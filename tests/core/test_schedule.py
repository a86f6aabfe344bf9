"""When something recurs, by a gym's own clock: once a day, whatever the clock does."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.schedule import Daily, OncePerPastDay, Schedule, Weekly

WEDNESDAY = datetime(2026, 11, 18, 12, tzinfo=UTC)
LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)
FIVE_PAST = Daily(time(0, 5))
MONDAYS = Weekly(0, time(2, 0))
REPORTS = OncePerPastDay(time(0, 10), days=7)


def keys_at(
    schedule: Schedule,
    now: datetime,
    timezone: str = "Europe/Lisbon",
    since: datetime = LONG_AGO,
) -> list[str]:
    due = list(schedule.list_due(ZoneInfo(timezone), since, now))
    for one in due:
        assert one.due_at <= now
        assert one.deadline_at is None or one.deadline_at > now
    return [one.key for one in due]


def test_a_gyms_day_begins_at_its_own_midnight() -> None:
    at_five_past = datetime(2026, 11, 18, 15, 5, tzinfo=UTC)  # 00:05 on the 19th in Tokyo
    second_before = at_five_past - timedelta(seconds=1)
    assert keys_at(FIVE_PAST, at_five_past, "Asia/Tokyo") == ["2026-11-19"]
    assert keys_at(FIVE_PAST, second_before, "Asia/Tokyo") == ["2026-11-18"]
    assert keys_at(FIVE_PAST, at_five_past) == ["2026-11-18"]


def test_a_weekly_one_has_the_week_as_its_key() -> None:
    assert keys_at(MONDAYS, WEDNESDAY) == ["2026-W47"]
    sunday = datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert keys_at(MONDAYS, sunday) == ["2026-W47"]
    assert keys_at(MONDAYS, sunday + timedelta(hours=4)) == ["2026-W48"]


def test_one_per_past_day_is_due_for_each_of_the_last_days_the_gym_was_here() -> None:
    days = [WEDNESDAY.date() - timedelta(days=n) for n in range(7, 0, -1)]
    keys = [day.isoformat() for day in days]
    assert keys_at(REPORTS, WEDNESDAY) == keys
    assert keys_at(REPORTS, WEDNESDAY, since=WEDNESDAY - timedelta(days=2)) == keys[-2:]
    assert keys_at(REPORTS, WEDNESDAY, since=WEDNESDAY) == []
    due = REPORTS.list_due(ZoneInfo("Europe/Lisbon"), LONG_AGO, WEDNESDAY)
    assert [(one.day, one.deadline_at) for one in due] == [(day, None) for day in days]


def test_each_may_be_done_until_the_next_one_is_due_also_when_the_clock_changes() -> None:
    """In Lisbon the day of the change has 25 hours."""
    [one] = FIVE_PAST.list_due(
        ZoneInfo("Europe/Lisbon"), LONG_AGO, datetime(2026, 10, 25, 12, tzinfo=UTC)
    )
    assert one.deadline_at is not None
    assert one.deadline_at - one.due_at == timedelta(hours=25)


@pytest.mark.parametrize("timezone", ["Europe/Lisbon", "America/Sao_Paulo", "Africa/Cairo"])
def test_a_year_with_changes_of_the_clock_has_every_day_once(timezone: str) -> None:
    now, seen = LONG_AGO, []
    while now < LONG_AGO + timedelta(days=365):
        [key] = keys_at(FIVE_PAST, now, timezone)
        if not seen or seen[-1] != key:
            seen.append(key)
        now += timedelta(minutes=45)
    first = date.fromisoformat(seen[0])
    assert seen == [(first + timedelta(days=n)).isoformat() for n in range(len(seen))]
