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
    """In the order in which they are told, after what speaks against the visit (`core.access`)."""

    FIRST_VISIT = "first_visit"
    LONG_AWAY = "long_away"
    MEMBERSHIP_ENDS = "membership_ends"
    VISITS_LEFT = "visits_left"
    BIRTHDAY = "birthday"


@dataclass(frozen=True)
class Arrival:
    """A visit on a local `day`, and what was known before it.

    `covered_until` is the last day of the membership that covers the day: None if it is open-ended,
    or if none covers it. `visits_left` are those of the pack from which the visit was taken.
    """

    day: date
    last_visit_on: date | None
    covered_until: date | None = None
    visits_left: int | None = None
    birth_date: date | None = None


@dataclass(frozen=True)
class Alert:
    """`days` are those since the last visit, `visits` what is left; `on` is a membership's last
    day."""

    kind: AlertKind
    days: int | None = None
    visits: int | None = None
    on: date | None = None


def find_alerts(arrival: Arrival) -> list[Alert]:
    return sorted(_list_alerts(arrival), key=lambda alert: list(AlertKind).index(alert.kind))


def _list_alerts(arrival: Arrival) -> list[Alert]:
    alerts = []
    if (
        arrival.covered_until is not None
        and (arrival.covered_until - arrival.day).days <= ENDS_SOON_DAYS
    ):
        alerts.append(Alert(AlertKind.MEMBERSHIP_ENDS, on=arrival.covered_until))
    if arrival.visits_left is not None:
        alerts.append(Alert(AlertKind.VISITS_LEFT, visits=arrival.visits_left))
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
        case AlertKind.FIRST_VISIT:
            return t("First visit ever")
        case AlertKind.LONG_AWAY:
            return count(alert.days or 0, "First visit in {n} day", "First visit in {n} days")
        case AlertKind.MEMBERSHIP_ENDS:
            return t("Membership ends on {day}", day=alert.on)
        case AlertKind.VISITS_LEFT:
            return count(alert.visits or 0, "{n} visit left", "{n} visits left")
        case AlertKind.BIRTHDAY:
            return t("Birthday today")
