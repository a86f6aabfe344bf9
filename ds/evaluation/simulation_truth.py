"""The at-risk list of past days compared with what a simulation had decided about its members.

A simulated member's visits begin to fade on one day and end on another, which nobody but the
simulation knows. The list is computed for each day from what was known on it, by the rule of
`db.stats.at_risk` and by a model that had been trained before the first of these days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.risk.rule import ABSENCE_DAYS, ABSENCE_GAPS
from db.stats.at_risk import BASELINE_DAYS, DROP_LIMITS, RECENT_DAYS
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import features_of, find_scored
from ds.churn.history import FOREVER, KEY_SPAN, Bools, Floats, History, Ints, to_day_number
from ds.churn.models import Weights, predict

SOON = 30
"""A member who stops within so many days is rightly on the list."""
NOTICED_WITHIN = 90
"""Being listed longer before the last visit than this is luck, not notice."""


@dataclass(frozen=True)
class Truth:
    """By position in the history. FOREVER where it does not happen."""

    fades_on: Ints
    stops_on: Ints
    leaves_on: Ints

    def is_going(self, day: int) -> Bools:
        """Fades already, or stops within `SOON` days, or has stopped while still a member."""
        return np.asarray((self.fades_on <= day) | (self.stops_on <= day + SOON))


@dataclass(frozen=True)
class Day:
    """One past day: positions of the active members, which of them the rule lists, and the model's
    probability where it applies (NaN elsewhere)."""

    day: int
    members: Ints
    by_rule: Bools
    probability: Floats


def look_at(history: History, day: int, weights: Weights | None) -> Day:
    """The list and the model's scores at the end of a past day."""
    members = find_active(history, day)
    by_rule = apply_rule(history, members, day)
    probability = np.full(len(members), np.nan)
    if weights is not None:
        scored = find_scored(history, day)
        p, _, _ = predict(weights, features_of(history, scored, day))
        probability[np.searchsorted(members, scored)] = p
    return Day(day, members, by_rule, probability)


def find_active(history: History, day: int) -> Ints:
    """Members with a membership on the day, as was known then, that does not rest."""
    contracts = history.contracts
    ends = contracts.ends_known_on(day)
    valid = (contracts.known_on <= day) & (contracts.starts_on <= day) & (ends >= day)
    active = np.zeros(len(history.member_ids), dtype=bool)
    active[contracts.member[valid]] = True
    rests = (history.freeze_from <= day) & (history.freeze_to >= day)
    active[history.freeze_member[rests]] = False
    return np.flatnonzero(active & (history.joined_on <= day))


def apply_rule(history: History, members: Ints, day: int) -> Bools:
    """The rule of `db.stats.at_risk` without any model, on a past day; a test compares the two."""
    keys = members * KEY_SPAN

    def count(first: int, last: int) -> Ints:
        begin = np.searchsorted(history.visit_keys, keys + first, side="left")
        return np.asarray(np.searchsorted(history.visit_keys, keys + last, side="right") - begin)

    visited = np.searchsorted(history.visit_keys, keys + day, side="right")
    came = visited > history.visit_starts[members]
    last = np.where(came, history.days[np.maximum(visited - 1, 0)], -FOREVER)
    rested = np.full(len(history.member_ids), -FOREVER)
    past = history.freeze_from <= day
    np.maximum.at(rested, history.freeze_member[past], np.minimum(history.freeze_to[past], day))
    away = day - np.maximum(last, rested[members])
    gap = np.full(len(members), np.nan)
    X = features_of(history, members[came], day)
    gap[came] = np.expm1(X[:, FEATURE_NAMES.index("usual_gap")])
    is_absent = came & (away > np.fmax(ABSENCE_DAYS, ABSENCE_GAPS * gap))

    recent = count(day - RECENT_DAYS + 1, day)
    before = count(day - RECENT_DAYS - BASELINE_DAYS + 1, day - RECENT_DAYS)
    rests = (history.freeze_from <= day) & (history.freeze_to > day - RECENT_DAYS)
    is_resting = np.isin(members, history.freeze_member[rests])
    has_dropped = came & (recent <= np.array(DROP_LIMITS)[before]) & ~is_resting

    not_started = ~came & (day - history.joined_on[members] > ABSENCE_DAYS)
    return np.asarray(is_absent | has_dropped | not_started)


def is_listed(one: Day, threshold: float | None) -> Bools:
    """By the rule, or also by a probability of at least `threshold`."""
    if threshold is None:
        return one.by_rule
    return np.asarray(one.by_rule | (one.probability >= threshold))


def measure_lists(days: Sequence[Day], truth: Truth, threshold: float | None) -> dict[str, Any]:
    """Precision of the daily lists, and how early they noticed those who stopped.

    precision: of all members on all days' lists, those who are going. base: the same of all active
    members. Of the members who stopped between the first and the last day: `noticed` were listed
    before their last visit, `in_time` before their membership ended; `lead` are the days from
    their first listing to the last visit, negative when they had stopped by then.
    """
    first, last = days[0].day, days[-1].day
    listed_first = np.full(len(truth.stops_on), FOREVER)
    listed = going = active = going_active = 0
    for one in days:
        chosen = one.members[is_listed(one, threshold)]
        is_going = truth.is_going(one.day)
        listed += len(chosen)
        going += int(is_going[chosen].sum())
        active += len(one.members)
        going_active += int(is_going[one.members].sum())
        fair = chosen[truth.stops_on[chosen] - one.day <= NOTICED_WITHIN]
        np.minimum.at(listed_first, fair, one.day)
    stopped = np.flatnonzero(
        (truth.stops_on >= first + SOON) & (truth.stops_on <= last) & (truth.leaves_on > first)
    )
    lead = truth.stops_on[stopped] - listed_first[stopped]
    seen = listed_first[stopped] < FOREVER
    return {
        "days": len(days),
        "listed_per_day": listed / len(days),
        "precision": going / listed if listed else None,
        "base": going_active / active,
        "caught": going / going_active if going_active else None,
        "stopped": len(stopped),
        "noticed": float((seen & (lead > 0)).mean()) if len(stopped) else None,
        "in_time": float((listed_first[stopped] < truth.leaves_on[stopped]).mean())
        if len(stopped)
        else None,
        "lead_quartiles": np.quantile(lead[seen], [0.25, 0.5, 0.75]).tolist() if seen.any() else [],
        "leads": lead[seen].tolist(),
    }


def collect_outcomes(history: History, days: Sequence[Day]) -> tuple[Floats, Ints]:
    """Probabilities of the days whose 30 days are over, and whether the member stayed away."""
    probabilities, outcomes = [], []
    last = to_day_number(history.as_of)
    for one in days:
        if one.day + SOON > last:
            continue
        has_score = ~np.isnan(one.probability)
        keys = one.members[has_score] * KEY_SPAN + one.day
        came = np.searchsorted(history.visit_keys, keys + SOON, side="right") > np.searchsorted(
            history.visit_keys, keys, side="right"
        )
        probabilities.append(one.probability[has_score])
        outcomes.append(~came)
    if not probabilities:
        return np.empty(0), np.empty(0, dtype=np.int64)
    return np.concatenate(probabilities), np.concatenate(outcomes).astype(np.int64)


def make_truth(history: History, rows: Mapping[int, tuple[Any, Any, Any]]) -> Truth:
    """`rows` are fades_on, stops_on, leaves_on (dates or None) by member number."""

    def column(place: int) -> Ints:
        days = (rows[int(number)][place] for number in history.member_ids)
        return np.array(
            [FOREVER if day is None else to_day_number(day) for day in days], dtype=np.int64
        )

    return Truth(column(0), column(1), column(2))
