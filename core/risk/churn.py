"""One member's churn probability from a model's JSON weights: standard library only.

The API scores one member with it; jobs score a million with its vectorised twin
(`ds.churn.models.predict`), and the tests hold the two together. The list of features is here and
nowhere else.

A model is additive on the logit: each feature contributes on its own, measured against the typical
member of the gym, so that `base + sum(contributions) == logit` holds for every member.
"""

import itertools
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from math import cos, exp, isnan, log, log1p, nan, pi, sin
from typing import Any

from core.risk.churn_wording import format_group
from core.translation import Sentence

VERSION = 3
"""Of the features and of the training: part of a model's identity. Raise it with either, and with
the gates: a gym whose days do not move on, as an imported one's, is judged again only then."""

WINDOW_DAYS = 182
"""Days before the last visit that a member's statistics remember, the last visit's included."""

ACTIVE_DAYS = 30
"""Only who came in so many days up to the day is scored. Others have lapsed already."""

BASELINE_DAYS = 91
END_CAP_DAYS = 91
PAYMENT_DAYS = 30
NEW_DAYS = 28
HORIZON_DAYS = 30

FEATURES: Mapping[str, str] = {
    "days_away": "recency",
    "gap_ratio": "recency",
    "days_7": "frequency",
    "days_14": "frequency",
    "days_28": "frequency",
    "days_56": "frequency",
    "days_91": "frequency",
    "days_182": "frequency",
    "weekly_frequency": "frequency",
    "rate_28": "frequency",
    "rate_before": "drop",
    "drop": "drop",
    "is_single": "regularity",
    "usual_gap": "regularity",
    "no_habit": "regularity",
    "active_weeks": "regularity",
    "weekend_share": "regularity",
    "tenure": "tenure",
    "known_days": "tenure",
    "is_new": "tenure",
    "plan_known": "plan",
    "plan_open": "plan",
    "plan_months": "plan",
    "days_to_end": "plan",
    "ends_in_window": "plan",
    "price": "plan",
    "payment_failed": "payment",
    "minutes": "duration",
    "minutes_missing": "duration",
    "season_cos": "season",
    "season_sin": "season",
}
"""Each feature and the group in which its contribution is reported; docs/models.md defines them.

Counts, days, rates, minutes and prices are natural logarithms of one plus the number; NaN means not
known, which always has a flag of its own beside it.
"""


@dataclass(frozen=True)
class Score:
    """A model's score of a member. `base` is the logit of the gym's typical member."""

    probability: float
    logit: float
    base: float
    contributions: dict[str, float]


def is_scored(row: Mapping[str, Any], day: date) -> bool:
    """Whether a model may score this member: a membership covers the day (or none is known), no
    freeze does, and a visit is known in the 30 days up to it."""
    last: date | None = row["last_visit_on"]
    if last is None or not 0 <= (day - last).days < ACTIVE_DAYS:
        return False
    return bool(row["is_covered"]) and not row["is_frozen"]


def may_cancel(row: Mapping[str, Any]) -> bool:
    """Whether a model of cancellations applies to a member who is scored: there is a membership,
    and no notice has been given of it."""
    return bool(row["has_membership"]) and row["notice_for"] is None


def member_features(row: Mapping[str, Any], day: date) -> dict[str, float]:
    """The features of one member at the end of `day`.

    `row` has the columns of `ds.churn.features.STATS_ROWS`. From `member_stats`: `visited_days,
    first_visit_on, last_visit_on, join_date, timed_visits, minutes_inside, yearly_value`.
    Of the day: `has_membership`, whether any is known; `ends_on`, the last day of the period that
    covers the day, None while open. Of the newest membership: `plan_months`, None if unknown. And
    `payment_failed_on`, when the newest payment that has still not come was due. The functions
    above read `is_covered`, `is_frozen` and `notice_for`, the last day that is left after notice.

    There must have been a visit up to the day.
    """
    bits = str(row["visited_days"]).removeprefix("B")
    last: date = row["last_visit_on"]
    away = (day - last).days

    def count(days: int) -> int:
        return bits.count("1", 0, max(days - away, 0))

    known = (day - row["first_visit_on"]).days + 1
    found: dict[str, float] = {"days_away": log1p(away)}
    total = bits.count("1")
    gap = _usual_gap(bits)
    found["gap_ratio"] = nan if gap is None else log1p(away) - log1p(gap)
    for window in (7, 14, 28, 56, 91, 182):
        found[f"days_{window}"] = log1p(count(window))
    found["weekly_frequency"] = log1p(7 * count(WINDOW_DAYS) / WINDOW_DAYS)
    now = 7 * count(NEW_DAYS) / min(max(known, 7), NEW_DAYS)
    found["rate_28"] = log1p(now)
    earlier = min(known, BASELINE_DAYS) - NEW_DAYS
    if earlier >= 14:
        before = 7 * (count(BASELINE_DAYS) - count(NEW_DAYS)) / earlier
        found["rate_before"] = log1p(before)
        found["drop"] = log((before + 0.25) / (now + 0.25))
    else:
        found["rate_before"] = nan
        found["drop"] = 0.0
    found["is_single"] = float(total == 1)
    found["usual_gap"] = nan if gap is None else log1p(gap)
    found["no_habit"] = float(gap is None)
    weeks = [count(7 * week) for week in range(13)]
    seen = min(12, -(-known // 7))
    active = sum(later > earlier for earlier, later in itertools.pairwise(weeks))
    found["active_weeks"] = active / seen
    found["weekend_share"] = _weekend_days(bits, last) / total if total else 0.0
    found["tenure"] = log1p(max((day - row["join_date"]).days, known - 1))
    found["known_days"] = log1p(min(known, WINDOW_DAYS))
    found["is_new"] = float(known <= NEW_DAYS)
    found |= _contract_features(row, day)
    timed = row["timed_visits"]
    found["minutes"] = log1p(row["minutes_inside"] / timed) if timed else nan
    found["minutes_missing"] = float(not timed)
    angle = 2 * pi * ((day - date(1970, 1, 1)).days + HORIZON_DAYS / 2) / 365.25
    found["season_cos"], found["season_sin"] = cos(angle), sin(angle)
    return found


def _usual_gap(bits: str) -> float | None:
    """Median days between visited days; None under four of them, too few for a habit."""
    places = [place for place, bit in enumerate(bits) if bit == "1"]
    gaps = sorted(later - earlier for earlier, later in itertools.pairwise(places))
    if len(gaps) < 3:
        return None
    middle = len(gaps) // 2
    return float(gaps[middle]) if len(gaps) % 2 else (gaps[middle - 1] + gaps[middle]) / 2


def _weekend_days(bits: str, last: date) -> int:
    saturday = (last.weekday() - 5) % 7
    return bits[saturday::7].count("1") + bits[(saturday - 1) % 7 :: 7].count("1")


def _contract_features(row: Mapping[str, Any], day: date) -> dict[str, float]:
    is_known, ends_on = row["has_membership"], row["ends_on"]
    months, price = row["plan_months"], row["yearly_value"]
    left = END_CAP_DAYS if ends_on is None else min((ends_on - day).days, END_CAP_DAYS)
    failed_on: date | None = row["payment_failed_on"]
    failed = failed_on is not None and 0 <= (day - failed_on).days <= PAYMENT_DAYS
    return {
        "plan_known": float(is_known),
        "plan_open": float(is_known and ends_on is None),
        "plan_months": log1p(months) if is_known and months is not None else nan,
        "days_to_end": log1p(left),
        "ends_in_window": float(left < HORIZON_DAYS),
        "price": log1p(price) if is_known and price is not None else nan,
        "payment_failed": float(failed),
    }


def contribution(feature: Mapping[str, Any], value: float | None) -> float:
    """What one feature adds to the logit before calibration. None and NaN are not known."""
    missing: float = feature["missing"]
    if value is None or isnan(value):
        return missing
    if feature["kind"] == "linear":
        step: float = feature["coefficient"] * (value - feature["reference"]) / feature["scale"]
        return step
    values: list[float] = feature["values"]
    return values[bisect_left(feature["edges"], value)]


def score_member(weights: Mapping[str, Any], features: Mapping[str, float | None]) -> Score:
    """Score one member. Two terms of one feature, as in a mean of two models, are added up."""
    slope = weights["calibration"]["slope"]
    base: float = weights["calibration"]["intercept"] + slope * weights["intercept"]
    contributions: dict[str, float] = {}
    for feature in weights["features"]:
        name = feature["name"]
        added = slope * contribution(feature, features[name])
        contributions[name] = contributions.get(name, 0.0) + added
    logit = base + sum(contributions.values())
    return Score(_sigmoid(logit), logit, base, contributions)


def _sigmoid(logit: float) -> float:
    if logit >= 0:
        return 1 / (1 + exp(-logit))
    return exp(logit) / (1 + exp(logit))


TOP_REASONS = 3
MIN_CONTRIBUTION = 0.1
"""In logits: about a tenth more or less likely. Less is no reason."""


def group_contributions(score: Score) -> dict[str, float]:
    """The contributions summed by group; with the base they add up to the logit."""
    groups: dict[str, float] = {}
    for name, added in score.contributions.items():
        groups[FEATURES[name]] = groups.get(FEATURES[name], 0.0) + added
    return groups


@dataclass(frozen=True)
class Explanation:
    """A group's share of the logit, and the facts behind it."""

    group: str
    contribution: float
    text: Sentence


def explain(
    weights: Mapping[str, Any],
    features: Mapping[str, float | None],
    *,
    top: int = TOP_REASONS,
) -> tuple[list[Explanation], float]:
    """Why the probability is above the typical member's, or below: the groups that moved it most
    that way, largest first, and the base that all groups' contributions add to."""
    score = score_member(weights, features)
    way = 1 if score.logit >= score.base else -1
    groups = group_contributions(score)
    moved = sorted(groups, key=lambda group: -way * groups[group])
    explanations = [
        Explanation(group, groups[group], format_group(group, features))
        for group in moved[:top]
        if way * groups[group] >= MIN_CONTRIBUTION
    ]
    return explanations, score.base
