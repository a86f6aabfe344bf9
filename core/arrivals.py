"""What the desk should know of a member who has just come in, while they stand there."""

from calendar import isleap
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.translation import Sentence, count, t

LONG_AWAY_DAYS = 14
"""From so many days since the last visit it is worth a word."""
ENDS_SOON_DAYS = 14


class AlertKind(StrEnum):
    """In the order in which they are told: first what decides whether the member may train."""

    MEMBERSHIP_OVER = "membership_over"
    NOT_STARTED = "not_started"
    FROZEN = "frozen"
    FIRST_VISIT = "first_visit"
    LONG_AWAY = "long_away"
    MEMBERSHIP_ENDS = "membership_ends"
    BIRTHDAY = "birthday"


@dataclass(frozen=True)
class Arrival:
    """A visit on a local `day`, and what was known before it.

    `covered_until` is the last day of the membership that covers the day: None if it is open-ended,
    or if none is known at all. Where none covers the day, `is_covered` is False, and `starts_on` or
    `ended_on` says when one does or did.
    """

    day: date
    last_visit_on: date | None
    is_covered: bool = True
    is_frozen: bool = False
    covered_until: date | None = None
    starts_on: date | None = None
    ended_on: date | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class Alert:
    """`days` are those since the last visit; `on` is the day that a membership begins or ends."""

    kind: AlertKind
    days: int | None = None
    on: date | None = None


def find_alerts(arrival: Arrival) -> list[Alert]:
    return sorted(_list_alerts(arrival), key=lambda alert: list(AlertKind).index(alert.kind))


def _list_alerts(arrival: Arrival) -> list[Alert]:
    alerts = []
    if arrival.is_frozen:
        alerts.append(Alert(AlertKind.FROZEN))
    if not arrival.is_covered and arrival.starts_on is not None:
        alerts.append(Alert(AlertKind.NOT_STARTED, on=arrival.starts_on))
    elif not arrival.is_covered:
        alerts.append(Alert(AlertKind.MEMBERSHIP_OVER, on=arrival.ended_on))
    if (
        arrival.covered_until is not None
        and (arrival.covered_until - arrival.day).days <= ENDS_SOON_DAYS
    ):
        alerts.append(Alert(AlertKind.MEMBERSHIP_ENDS, on=arrival.covered_until))
    if arrival.last_visit_on is None:
        alerts.append(Alert(AlertKind.FIRST_VISIT))
    elif (away := (arrival.day - arrival.last_visit_on).days) >= LONG_AWAY_DAYS:
        alerts.append(Alert(AlertKind.LONG_AWAY, days=away))
    if arrival.birth_date is not None and is_birthday(arrival.birth_date, arrival.day):
        alerts.append(Alert(AlertKind.BIRTHDAY))
    return alerts


def is_birthday(birth_date: date, day: date) -> bool:
    """Who was born on 29 February has it on the 28th in other years."""
    if (birth_date.month, birth_date.day) == (2, 29) and not isleap(day.year):
        return (day.month, day.day) == (2, 28)
    return (birth_date.month, birth_date.day) == (day.month, day.day)


def format_alert(alert: Alert) -> Sentence:
    match alert.kind:
        case AlertKind.MEMBERSHIP_OVER:
            return t("Membership ended on {day}", day=alert.on)
        case AlertKind.NOT_STARTED:
            return t("Membership starts on {day}", day=alert.on)
        case AlertKind.FROZEN:
            return t("Membership is frozen")
        case AlertKind.FIRST_VISIT:
            return t("First visit ever")
        case AlertKind.LONG_AWAY:
            return count(alert.days or 0, "First visit in {n} day", "First visit in {n} days")
        case AlertKind.MEMBERSHIP_ENDS:
            return t("Membership ends on {day}", day=alert.on)
        case AlertKind.BIRTHDAY:
            return t("Birthday today")
