"""Reasons of a churn probability as sentences with the member's own numbers.

A sentence states facts only: whether they count for or against the member is the sign of the
contribution beside it.
"""

from collections.abc import Callable, Mapping
from math import expm1, isnan

from core.translation import Sentence, count, t

Numbers = Mapping[str, float | None]


def format_group(group: str, features: Numbers) -> Sentence:
    """Say what is behind a group of contributions. `features` are those the model read."""
    return _FORMATTERS[group](features)


def _number(features: Numbers, name: str) -> float | None:
    """The number whose logarithm a feature is; None where it is not known."""
    value = features[name]
    return None if value is None or isnan(value) else expm1(value)


def _whole(features: Numbers, name: str) -> int:
    return round(_number(features, name) or 0)


def _weeks(features: Numbers) -> tuple[int, int]:
    """Weeks with a visit, of how many weeks known."""
    seen = min(12, -(-_whole(features, "known_days") // 7))
    return round((features["active_weeks"] or 0) * seen), seen


def _recency(features: Numbers) -> Sentence:
    days, gap = _whole(features, "days_away"), _number(features, "usual_gap")
    away = count(days, "{n} day away", "{n} days away") if days else t("Was here today")
    if gap is None:
        return away
    if gap <= 1:
        return t("{away}, usually comes every day", away=away)
    return t("{away}, usually comes every {gap} days", away=away, gap=round(gap, 1))


def _drop(features: Numbers) -> Sentence:
    before, now = _number(features, "rate_before"), _number(features, "rate_28") or 0
    if before is None:
        return t("Comes {now} times a week, too new to compare", now=round(now, 1))
    return t(
        "Came {before} times a week before, {now} now", before=round(before, 1), now=round(now, 1)
    )


def _frequency(features: Numbers) -> Sentence:
    return count(
        _whole(features, "days_28"),
        "Came on {n} day of the last 28, {quarter} of the last 91",
        "Came on {n} days of the last 28, {quarter} of the last 91",
        quarter=_whole(features, "days_91"),
    )


def _regularity(features: Numbers) -> Sentence:
    if features["is_single"]:
        return t("Has come on one day only")
    active, seen = _weeks(features)
    return count(
        seen,
        "Came in {active} of the last {n} week",
        "Came in {active} of the last {n} weeks",
        active=active,
    )


def _tenure(features: Numbers) -> Sentence:
    days = _whole(features, "tenure")
    if days < 1:
        return t("Joined today")
    if days < 365:
        return count(days, "With the gym for {n} day", "With the gym for {n} days")
    return t("With the gym for {years} years", years=round(days / 365.25, 1))


def _plan(features: Numbers) -> Sentence:
    if not features["plan_known"]:
        return t("No membership on record")
    if features["plan_open"]:
        return t("Membership without an end date")
    days = _whole(features, "days_to_end")
    if days >= 91:
        return t("Membership runs for three months or more")
    if days < 1:
        return t("Membership ends today")
    return count(days, "Membership ends in {n} day", "Membership ends in {n} days")


def _payment(features: Numbers) -> Sentence:
    return t("A payment failed") if features["payment_failed"] else t("No failed payment")


def _duration(features: Numbers) -> Sentence:
    minutes = _number(features, "minutes")
    if minutes is None:
        return t("How long visits last is not known")
    return count(round(minutes), "Stays {n} minute on average", "Stays {n} minutes on average")


_FORMATTERS: Mapping[str, Callable[[Numbers], Sentence]] = {
    "recency": _recency,
    "drop": _drop,
    "frequency": _frequency,
    "regularity": _regularity,
    "tenure": _tenure,
    "plan": _plan,
    "payment": _payment,
    "duration": _duration,
    "season": lambda _: t("The time of the year"),
}
