"""A member's chance to come back, and the reasons for their risk, as sentences.

The API uses it for a member who registered a second ago, so nothing here reads a database
or loads a model. Who is at risk is decided in one place only, by SQL (`db.stats.at_risk`); this
module takes that verdict as flags and turns the numbers behind it into reasons.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from core.translation import Sentence, count, join, mark, t

CHANCE_OF_RETURN: tuple[tuple[int, float], ...] = (
    (0, 0.93),
    (4, 0.89),
    (8, 0.83),
    (15, 0.75),
    (22, 0.65),
    (31, 0.59),
    (46, 0.47),
    (61, 0.31),
    (91, 0.29),
    (121, 0.14),
)
"""Days away from, and the share who visited within the next 30 days. docs/models.md has the method.

Measured on members with a habit: it flatters those who have hardly ever come.
"""

CHANCE_NOT_STARTED = 0.3
"""An assumption, not a measurement: a door log never shows who has not come once."""

PRIOR_RISK = 0.19
"""Of all observations behind that table, the share without a visit in the next 30 days.

It stands in for a member without any history.
"""

RECENT_FAILURE_DAYS = 30
RENEWAL_DAYS = 30


class ReasonCode(StrEnum):
    """Why a member may stay away, in the order in which reasons are listed."""

    NO_VISIT = "no_visit"
    VISITS_DOWN = "visits_down"
    NOT_STARTED = "not_started"
    PAYMENT_FAILED = "payment_failed"
    RENEWAL_SOON = "renewal_soon"
    NOTICE_GIVEN = "notice_given"
    HIGH_CHURN = "high_churn"


REASON_LABELS: Mapping[ReasonCode, str] = {
    ReasonCode.NO_VISIT: mark("Stopped coming"),
    ReasonCode.VISITS_DOWN: mark("Comes less often"),
    ReasonCode.NOT_STARTED: mark("Never started"),
    ReasonCode.PAYMENT_FAILED: mark("Payment failed"),
    ReasonCode.RENEWAL_SOON: mark("Membership ends soon"),
    ReasonCode.NOTICE_GIVEN: mark("Has given notice"),
    ReasonCode.HIGH_CHURN: mark("Likely to stay away"),
}
"""A few words per code, for charts and filters: templates."""


@dataclass(frozen=True)
class Reason:
    """A reason as data. `format_reason` documents which numbers each code has."""

    code: ReasonCode
    numbers: Mapping[str, float | None]
    causes: tuple[Sentence, ...] = ()
    """What the model saw; of HIGH_CHURN only."""


@dataclass(frozen=True, kw_only=True)
class RiskFacts:
    """What SQL knows about one member on one day.

    The three flags are the columns of `db.stats.at_risk` of the same names, and the two windows its
    RECENT_DAYS and BASELINE_DAYS. `days_away` is None for a member who never came,
    `churn_probability` where no score is high, and `churn_causes` are the facts behind the score,
    as sentences. Of `has_given_notice` the membership ends on `contract_ends_on` for certain.
    """

    day: date
    join_date: date
    days_away: int | None
    usual_gap: float | None
    recent_days: int | None
    baseline_days: int | None
    is_absent: bool
    has_dropped: bool
    has_not_started: bool
    payment_failed_on: date | None = None
    contract_ends_on: date | None = None
    has_given_notice: bool = False
    churn_probability: float | None = None
    churn_causes: tuple[Sentence, ...] = ()
    recent_window: int = 21
    baseline_window: int = 70


def chance_of_return(
    days_away: int | None, not_started: bool = False, churn_probability: float | None = None
) -> float:
    """Chance that a member who has been away so long visits within the next 30 days.

    The model's where there is one, else the table's.
    """
    if churn_probability is not None:
        return 1 - churn_probability
    if not_started or days_away is None:
        return CHANCE_NOT_STARTED
    chance = CHANCE_OF_RETURN[0][1]
    for days_from, share in CHANCE_OF_RETURN:
        if days_away < days_from:
            break
        chance = share
    return chance


def risk_of_absence(
    days_away: int | None, not_started: bool = False, churn_probability: float | None = None
) -> float:
    """One minus the chance of return: the `risk` that lists show."""
    return round(1 - chance_of_return(days_away, not_started, churn_probability), 4)


def reasons_for(facts: RiskFacts) -> list[Reason]:
    """The reasons that hold for a member, strongest first.

    A failed payment, a near end or a notice alone puts nobody at risk; they are listed beside it.
    """
    reasons = []
    if facts.is_absent and facts.days_away is not None:
        numbers = {"days": facts.days_away, "usual_gap": facts.usual_gap}
        reasons.append(Reason(ReasonCode.NO_VISIT, numbers))
    if facts.has_dropped:
        reasons.append(Reason(ReasonCode.VISITS_DOWN, _measure_drop(facts)))
    if facts.churn_probability is not None:
        numbers = {"probability": facts.churn_probability}
        reasons.append(Reason(ReasonCode.HIGH_CHURN, numbers, facts.churn_causes))
    if facts.has_not_started:
        joined = (facts.day - facts.join_date).days
        reasons.append(Reason(ReasonCode.NOT_STARTED, {"days": joined}))
    if facts.payment_failed_on is not None:
        days_ago = (facts.day - facts.payment_failed_on).days
        if 0 <= days_ago <= RECENT_FAILURE_DAYS:
            reasons.append(Reason(ReasonCode.PAYMENT_FAILED, {"days_ago": days_ago}))
    if facts.contract_ends_on is not None:
        days_left = (facts.contract_ends_on - facts.day).days
        if facts.has_given_notice and days_left >= 0:
            reasons.append(Reason(ReasonCode.NOTICE_GIVEN, {"days": days_left}))
        elif 0 <= days_left <= RENEWAL_DAYS:
            reasons.append(Reason(ReasonCode.RENEWAL_SOON, {"days": days_left}))
    return reasons


def _measure_drop(facts: RiskFacts) -> dict[str, float | None]:
    now = 7 * (facts.recent_days or 0) / facts.recent_window
    before = 7 * (facts.baseline_days or 0) / facts.baseline_window
    drop = 100 * (1 - now / before) if before else None
    return {
        "before_per_week": round(before, 1),
        "now_per_week": round(now, 1),
        "drop_percent": None if drop is None else round(drop),
    }


def format_reason(reason: Reason) -> Sentence:
    """Say a reason with the member's own numbers.

    no_visit: days, usual_gap. visits_down: before_per_week, now_per_week, drop_percent.
    not_started: days. payment_failed: days_ago. renewal_soon, notice_given: days.
    high_churn: probability.
    """
    numbers = reason.numbers
    days = round(numbers.get("days") or numbers.get("days_ago") or 0)
    match reason.code:
        case ReasonCode.NO_VISIT:
            away = count(days, "No visit for {n} day", "No visit for {n} days")
            return _add_habit(away, numbers["usual_gap"])
        case ReasonCode.VISITS_DOWN:
            return _word_drop(numbers["before_per_week"] or 0, numbers["now_per_week"] or 0)
        case ReasonCode.HIGH_CHURN:
            chance = t(
                "{percent}% chance of not coming in the next 30 days",
                percent=to_percent(numbers["probability"]),
            )
            return join(": ", chance, join_facts(reason.causes)) if reason.causes else chance
        case ReasonCode.NOT_STARTED:
            return count(
                days,
                "Joined {n} day ago and has not come yet",
                "Joined {n} days ago and has not come yet",
            )
        case ReasonCode.PAYMENT_FAILED:
            if days < 1:
                return t("Payment failed today")
            return count(days, "Payment failed {n} day ago", "Payment failed {n} days ago")
        case ReasonCode.RENEWAL_SOON:
            if days < 1:
                return t("Membership ends today")
            return count(days, "Membership ends in {n} day", "Membership ends in {n} days")
        case ReasonCode.NOTICE_GIVEN:
            if days < 1:
                return t("Has given notice: membership ends today")
            return count(
                days,
                "Has given notice: membership ends in {n} day",
                "Has given notice: membership ends in {n} days",
            )


def to_percent(probability: float | None) -> int:
    """Whole percent, never 0 or 100: no model is sure."""
    return min(max(round(100 * (probability or 0)), 1), 99)


def join_facts(facts: Iterable[Sentence]) -> Sentence:
    """Sentences as parts of one."""
    return join("; ", *(fact.as_part() for fact in facts))


def _word_drop(before: float, now: float) -> Sentence:
    if not now:
        if before == 1:
            return t("Came once a week before, not at all now")
        return t("Came {before} times a week before, not at all now", before=before)
    if before == 1:
        return t("Came once a week before, {now} now", now=now)
    return t("Came {before} times a week before, {now} now", before=before, now=now)


def _add_habit(away: Sentence, usual_gap: float | None) -> Sentence:
    if usual_gap is None:
        return away
    if usual_gap <= 1:
        return t("{away}, usually every day", away=away)
    return t("{away}, usually every {gap} days", away=away, gap=usual_gap)
