"""What is done for each gym at which time of its own day. Beat writes it into `job_runs`.

A job's key is its day or week, and a gym has one job of each key: two beats make it once. What was
missed is made up once, as the newest day's; only reports are made for each missed day of a week.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from db.models.job import JobName

REPORTED_DAYS = 7


@dataclass(frozen=True)
class Rule:
    """Daily, or weekly on `weekday` (Monday is 0), at a time in the gym's time zone.

    It is done by the time of the next one or not at all: that one makes up for it.
    """

    name: JobName
    at: time
    weekday: int | None = None

    @property
    def every(self) -> timedelta:
        return timedelta(days=1 if self.weekday is None else 7)


SCHEDULE: Final = (
    Rule(JobName.SCORES, time(0, 5)),
    Rule(JobName.CHURN_TRAINING, time(2, 0), weekday=0),
    Rule(JobName.HOUSEKEEPING, time(3, 30)),
)
REPORTED_AT = time(0, 10)


@dataclass(frozen=True)
class Scheduled:
    name: JobName
    key: str
    due_at: datetime
    deadline_at: datetime | None = None
    arguments: dict[str, Any] = field(default_factory=dict)


def list_due(timezone: str, since: datetime, now: datetime) -> Iterator[Scheduled]:
    """The jobs that a gym must have been given by `now`; `since` is when the gym was made."""
    zone = ZoneInfo(timezone)
    for rule in SCHEDULE:
        day = _newest_day(rule, zone, now)
        next_at = _at(day + rule.every, rule.at, zone)
        yield Scheduled(rule.name, _name(day, rule), _at(day, rule.at, zone), next_at)
    yield from _list_reports(zone, since.astimezone(zone).date(), now)


def _list_reports(zone: ZoneInfo, first: date, now: datetime) -> Iterator[Scheduled]:
    today = now.astimezone(zone).date()
    for days_ago in range(REPORTED_DAYS, 0, -1):
        day = today - timedelta(days=days_ago)
        due_at = _at(day + timedelta(days=1), REPORTED_AT, zone)
        if first <= day and due_at <= now:
            yield Scheduled(
                JobName.DAILY_REPORT, day.isoformat(), due_at, arguments={"day": day.isoformat()}
            )


def _newest_day(rule: Rule, zone: ZoneInfo, now: datetime) -> date:
    """The last day on which the rule's time has come."""
    day = now.astimezone(zone).date()
    if rule.weekday is not None:
        day -= timedelta(days=(day.weekday() - rule.weekday) % 7)
    return day if _at(day, rule.at, zone) <= now else day - rule.every


def _at(day: date, moment: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, moment, zone).astimezone(UTC)


def _name(day: date, rule: Rule) -> str:
    if rule.weekday is None:
        return day.isoformat()
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"
