"""Who is at risk: one condition over `member_stats` and a day, for counts, lists and recipients.

The rule (docs/models.md): an active member whose last visit is longer ago than the later of 14
days and three times their usual gap, or what the gym has chosen for these two (`RiskRule`); or
whose visits in the last 3 weeks fell significantly, by half or more, below their own rate in the
ten weeks before; or who joined over 14 days ago, or as many as the gym has chosen, and never came;
or to whom the churn model gives a high chance of not coming within 30 days. Only days are compared,
so the answer moves at midnight without any event.

Days on which the whole gym was closed are in nobody's absence, and nobody's visits fell while one
of them is among the 3 weeks. They only ever take members off the list, so `risk_from`, which knows
nothing of them, hides nobody.

A score is of a finished day, so it holds from the next one on, for a week at most, and not after a
visit that the model had not seen. `db.stats.member_stats` drops it with the visit; the comparison
of days here is for a visit that comes while scores are being written.
"""

from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from math import exp, factorial
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    or_,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import ARRAY

from core.closed_days import ClosedDays, count_back, is_any_closed
from core.risk.rule import ABSENCE_DAYS, ABSENCE_GAPS, USUAL, RiskRule
from db.enums import enum_type
from db.models.member import MemberStatus
from db.models.member_stats import MemberStats

RECENT_DAYS = 21
BASELINE_DAYS = 70
DRIFTING_DAYS = 45
DORMANT_DAYS = 60
SIGNIFICANCE = 0.05
HIGH_CHURN = 0.5
"""The chance of not coming within 30 days from which it counts as high; `high_churn_from` of
`member_stats` has it as well."""
SCORE_DAYS = 7
"""How many days a score holds."""


# Expressions are immutable: building one for a day takes longer than sending it.
_once_a_day = lru_cache(maxsize=64)


class Tab(StrEnum):
    """The three parts of the at-risk list. Every member at risk is in exactly one."""

    DRIFTING = "drifting"
    GONE = "gone"
    NOT_STARTED = "not_started"


def _poisson_tail(visits: int, expected: float) -> float:
    """Chance of `visits` or fewer when `expected` are expected."""
    return exp(-expected) * sum(expected**k / factorial(k) for k in range(visits + 1))


def _largest_drop(baseline: int) -> int:
    """The most visited days in 3 weeks that still are a drop, for a baseline of ten weeks; -1 if
    none.

    Half of the own rate or less, and rarer than 1 in 20 for somebody who kept that rate.
    """
    expected = baseline * RECENT_DAYS / BASELINE_DAYS
    drops = [
        visits
        for visits in range(RECENT_DAYS + 1)
        if visits <= expected / 2 and _poisson_tail(visits, expected) < SIGNIFICANCE
    ]
    return max(drops, default=-1)


DROP_LIMITS = tuple(_largest_drop(baseline) for baseline in range(BASELINE_DAYS + 1))
_MIN_BASELINE_DAYS = next(baseline for baseline, drop in enumerate(DROP_LIMITS) if drop >= 0)
MAX_DROP_DAYS = RECENT_DAYS + BASELINE_DAYS - _MIN_BASELINE_DAYS
"""A member who is away for longer has too few days left in the ten weeks for a drop."""


@_once_a_day
def days_since_visit(day: date) -> ColumnElement[int]:
    """Days from the last visit to `day`; NULL for a member who never came."""
    return cast(literal(day) - MemberStats.last_visit_on, Integer)


def closed_since(start: Any, day: date, closed: ClosedDays) -> ColumnElement[int]:
    """How many of the days after `start`, up to `day`, were closed: SQL twin of
    `core.closed_days.count_closed`."""
    counts = count_back(closed, day)
    ago = func.least(func.greatest(cast(literal(day) - start, Integer), 0), len(counts) - 1)
    # Looked up: to count them for each member would take longer than all the rest.
    table = literal_column(f"(array[{','.join(map(str, counts))}])", ARRAY(Integer))
    found: ColumnElement[int] = table[ago + 1]
    return found


@_once_a_day
def days_away(day: date, closed: ClosedDays = ()) -> ColumnElement[int]:
    """Open days from the last visit, or from the end of a later freeze, to `day`."""
    # The last frozen day up to `day`: days that the gym agreed to are no absence.
    past = func.datemultirange(func.daterange(None, literal(day), "[]"))
    rested_until = case(
        (MemberStats.frozen.is_(None), None),
        else_=func.upper(MemberStats.frozen.op("*")(past)) - literal_column("1"),
    )
    start = func.greatest(MemberStats.last_visit_on, rested_until)
    away = cast(literal(day) - start, Integer)
    return away - closed_since(start, day, closed) if closed else away


@_once_a_day
def is_covered(day: date) -> ColumnElement[bool]:
    """A membership covers the day, or none is known at all."""
    return or_(MemberStats.covered.is_(None), MemberStats.covered.op("@>")(literal(day)))


@_once_a_day
def is_frozen(day: date) -> ColumnElement[bool]:
    return func.coalesce(MemberStats.frozen.op("@>")(literal(day)), False)


@_once_a_day
def is_active(day: date) -> ColumnElement[bool]:
    """Only who is a member at all: not staff, guests, or who is archived (`Standing`)."""
    return and_(MemberStats.is_counted, is_covered(day), ~is_frozen(day))


@_once_a_day
def member_status(day: date) -> ColumnElement[MemberStatus]:
    """active, frozen, cancelled or expired on `day`, from the membership intervals.

    A member without any known membership, or whose first one has not begun, is active.
    """
    is_inside = MemberStats.covered.op("@>")(literal(day))
    status = case(
        (MemberStats.covered.is_(None), MemberStatus.ACTIVE.value),
        (and_(is_inside, is_frozen(day)), MemberStatus.FROZEN.value),
        (is_inside, MemberStatus.ACTIVE.value),
        (func.lower(MemberStats.covered) > literal(day), MemberStatus.ACTIVE.value),
        (MemberStats.is_cancelled, MemberStatus.CANCELLED.value),
        else_=MemberStatus.EXPIRED.value,
    )
    return type_coerce(status, enum_type(MemberStatus))


def _window(day: date, *, days: int, ago: int) -> ColumnElement[int]:
    """SQL twin of `db.stats.member_stats.count_visited_days`."""
    away = days_since_visit(day)
    end = func.greatest(literal_column(str(ago + days)) - away, 0)
    if ago == 0:
        return func.bit_count(func.substring(MemberStats.visited_days, 1, end))
    first = func.greatest(literal_column(str(ago)) - away, 0)  # newest day's place, from 0
    return func.bit_count(func.substring(MemberStats.visited_days, first + 1, end - first))


@_once_a_day
def recent_days(day: date) -> ColumnElement[int]:
    """Visited days in the 3 weeks up to `day`."""
    return _window(day, days=RECENT_DAYS, ago=0)


@_once_a_day
def baseline_days(day: date) -> ColumnElement[int]:
    """Visited days in the ten weeks before those 3 weeks."""
    return _window(day, days=BASELINE_DAYS, ago=RECENT_DAYS)


@_once_a_day
def is_absent(day: date, rule: RiskRule = USUAL) -> ColumnElement[bool]:
    limit = func.greatest(rule.absence_days, rule.absence_gaps * MemberStats.usual_gap)
    return and_(MemberStats.last_visit_on.is_not(None), days_away(day, rule.closed) > limit)


@_once_a_day
def has_dropped(day: date, closed: ClosedDays = ()) -> ColumnElement[bool]:
    if is_any_closed(closed, day - timedelta(days=RECENT_DAYS - 1), day):
        return false()
    limits = literal_column(f"(array[{','.join(map(str, DROP_LIMITS))}])", ARRAY(Integer))
    recent = func.daterange(literal(day) - literal_column(str(RECENT_DAYS - 1)), literal(day), "[]")
    rested = func.coalesce(MemberStats.frozen.op("&&")(recent), False)
    return and_(
        MemberStats.last_visit_on >= day - timedelta(days=MAX_DROP_DAYS),
        recent_days(day) <= limits[cast(baseline_days(day), Integer) + 1],
        ~rested,
    )


@_once_a_day
def has_not_started(day: date, rule: RiskRule = USUAL) -> ColumnElement[bool]:
    days: ColumnElement[int] = cast(literal(day) - MemberStats.join_date, Integer)
    if rule.closed:
        days = days - closed_since(MemberStats.join_date, day, rule.closed)
    return and_(
        MemberStats.last_visit_on.is_(None),
        days > literal_column(str(rule.absence_days)),
    )


@_once_a_day
def _saw_closed_days(day: date, closed: ClosedDays) -> ColumnElement[bool]:
    """The absence that the score was computed from has closed days in it."""
    return closed_since(MemberStats.last_visit_on, day, closed) > closed_since(
        MemberStats.churn_scored_on, day, closed
    )


@_once_a_day
def is_score_current(day: date, closed: ClosedDays = ()) -> ColumnElement[bool]:
    """`churn_probability` holds on `day`. True or false, never NULL.

    The model knows of no closed days: a score of an absence that has some does not hold.
    """
    conditions = [
        MemberStats.churn_probability.is_not(None),
        MemberStats.churn_scored_on >= MemberStats.last_visit_on,
        MemberStats.churn_scored_on.between(day - timedelta(days=SCORE_DAYS), day),
    ]
    if closed:
        conditions.append(~_saw_closed_days(day, closed))
    return func.coalesce(and_(*conditions), False)


@_once_a_day
def has_high_churn(day: date, closed: ClosedDays = ()) -> ColumnElement[bool]:
    """A score that holds on `day` is HIGH_CHURN or more."""
    is_high = MemberStats.high_churn_from.between(day - timedelta(days=SCORE_DAYS), day)
    return and_(is_high, ~_saw_closed_days(day, closed)) if closed else is_high


@_once_a_day
def is_at_risk(day: date, rule: RiskRule = USUAL) -> ColumnElement[bool]:
    """The rule. `day` is the gym's local day of its `as_of`, `rule` what `db.stats.risk_rule` reads
    of the gym.

    `risk_from` changes no answer: with it an index passes over most members.
    """
    return and_(
        is_active(day),
        or_(
            and_(_may_have_cause(day, rule), has_cause(day, rule)),
            has_high_churn(day, rule.closed),
        ),
    )


def _may_have_cause(day: date, rule: RiskRule) -> ColumnElement[bool]:
    """`risk_from` was computed for the usual rule. For fewer days it comes as many days earlier at
    most; for fewer gaps it says nothing, and everybody is looked at."""
    if rule.absence_gaps < ABSENCE_GAPS:
        return true()
    earlier = max(ABSENCE_DAYS - rule.absence_days, 0)
    return MemberStats.risk_from <= day + timedelta(days=earlier)


@_once_a_day
def has_cause(day: date, rule: RiskRule = USUAL) -> ColumnElement[bool]:
    """At risk by the member's own days, without the model."""
    return or_(is_absent(day, rule), has_dropped(day, rule.closed), has_not_started(day, rule))


@_once_a_day
def is_in_tab(day: date, tab: Tab) -> ColumnElement[bool]:
    """The member at risk is in this tab."""
    match tab:
        case Tab.NOT_STARTED:
            return MemberStats.last_visit_on.is_(None)
        case Tab.DRIFTING:
            return MemberStats.last_visit_on >= day - timedelta(days=DRIFTING_DAYS)
        case Tab.GONE:
            return MemberStats.last_visit_on < day - timedelta(days=DRIFTING_DAYS)


@_once_a_day
def tab_of(day: date) -> ColumnElement[Tab]:
    """Which tab a member at risk is in."""
    tabs = case(*((is_in_tab(day, tab), tab.value) for tab in Tab))
    return type_coerce(tabs, enum_type(Tab))


@_once_a_day
def is_dormant(day: date) -> ColumnElement[bool]:
    """Away so long that bulk mail skips them unless they are chosen."""
    return func.coalesce(days_since_visit(day) >= DORMANT_DAYS, False)
