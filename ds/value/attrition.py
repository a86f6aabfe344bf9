"""When members with a contract leave: a discrete-time hazard per month, seen from a day on.

For each of several past days ("landmarks": van Houwelingen, Scand. J. Stat. 34, 2007) everybody who
was a member then is followed month by month until they left or the records end. That makes rows of
one person and one month, and a logistic regression of them is the hazard (Allison, "Discrete-time
methods for the analysis of event histories", 1982). Who joined before the records begin counts from
the first landmark on, never before: nobody is taken to have been followed when they were not.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.floating[Any]]

MONTH = 365.25 / 12
MONTHS = 12

FEATURES = ("open_ended", "renewal", "term_length", "tenure", "absence", "fresh_absence")
TYPICAL = np.array([-3.7, -1.3, 0.2, -0.15, 0.25, 0.5])
"""What a gym without a history is taken to show, an assumption: open-ended contracts lose 2.4% a
month, one-month terms 21% at each renewal before tenure counts, more after a long absence."""

TRUST = 1.5
"""Standard deviation of a gym's coefficients around the typical ones is 1 / sqrt(TRUST)."""

MAX_ABSENCE = 120
MID_TERM = (0.002, 500.0)
"""Typical chance a month to leave in the middle of a fixed term, and how many member-months of a
gym's own weigh as much."""


@dataclass(frozen=True)
class AttritionModel:
    """Coefficients of `FEATURES` on the log odds to leave within a month in which one can.

    `mid_term` is the chance to leave in a month in which the term does not end.
    """

    coefficients: Floats
    mid_term: float
    member_months: int
    """Rows it was fitted on."""
    left: int

    def survive(self, states: pd.DataFrame, months: int = MONTHS) -> Floats:
        """Chance to be a member still after 1, 2 ... `months` months: a row per state.

        In: `tenure` (months)`, absence` (days)`, to_end` (number, from 1, of the month in which the
        contract is known to end; 0: open-ended)`, term` (length in months)`, is_cancelled`. A
        member who has cancelled stays until the end and not longer.
        """
        stays = np.ones((len(states), months))
        to_end = states["to_end"].to_numpy()
        is_cancelled = states["is_cancelled"].to_numpy(dtype=bool)
        for month in range(1, months + 1):
            values, may_leave = describe(states, month)
            hazard = np.where(may_leave, expit(values @ self.coefficients), self.mid_term)
            hazard = np.where(is_cancelled, to_end <= month, hazard)
            stays[:, month - 1] = 1 - hazard
        return np.asarray(np.cumprod(stays, axis=1))


def describe(states: pd.DataFrame, month: int) -> tuple[Floats, NDArray[np.bool_]]:
    """The features of each state's month number `month` (from 1), and whether one may leave in it:
    in any with an open end, in those in which a term ends without one."""
    to_end, term = states["to_end"].to_numpy(), np.maximum(states["term"].to_numpy(), 1)
    is_open = to_end == 0
    is_renewal = ~is_open & (month >= to_end) & ((month - to_end) % term == 0)
    absence = np.log1p(np.clip(states["absence"].to_numpy(), 0, MAX_ABSENCE) / 7)
    values = np.column_stack(
        [
            is_open,
            ~is_open,
            np.where(is_open, 0.0, np.log(term)),
            np.log1p(np.maximum(states["tenure"].to_numpy(), 0) + month - 1),
            absence,
            # An absence now has no effect on later months.
            absence * np.exp(-(month - 1) / 2),
        ]
    )
    return values.astype(float), is_open | is_renewal


def fit_attrition(past: pd.DataFrame, *, months: int = MONTHS) -> AttritionModel:
    """Fit to what members did after past days; drawn towards `TYPICAL` where a gym has little data.

    In: the columns of `AttritionModel.survive`, `stayed` (months until they left or were last seen
    as members, fractions count)`, left` (whether they did)` and weight` (a month that is seen from
    several landmarks counts once in all). Members who had cancelled already are left out.
    """
    undecided = past[~past["is_cancelled"].astype(bool)]
    stayed = undecided["stayed"].to_numpy(dtype=float)
    has_left = undecided["left"].to_numpy(dtype=bool)
    last = np.where(has_left, count_months(stayed), np.floor(stayed))
    blocks, outcomes, weights = [], [], []
    mid_term_left, mid_term_rows, rows = 0.0, 0.0, 0
    for month in range(1, months + 1):
        present = last >= month
        seen, left_now = undecided[present], (has_left & (last == month))[present]
        values, may_leave = describe(seen, month)
        weight = seen["weight"].to_numpy(dtype=float)
        blocks.append(values[may_leave])
        outcomes.append(left_now[may_leave])
        weights.append(weight[may_leave])
        mid_term_left += float((weight * left_now)[~may_leave].sum())
        mid_term_rows += float(weight[~may_leave].sum())
        rows += len(seen)
    usual, strength = MID_TERM
    return AttritionModel(
        _fit_logistic(np.concatenate(blocks), np.concatenate(outcomes), np.concatenate(weights)),
        (mid_term_left + usual * strength) / (mid_term_rows + strength),
        rows,
        int(has_left.sum()),
    )


def count_months(months: Floats) -> Floats:
    """The number, from 1, of the month in which a time of so many months ends. Months differ by
    some days, so one that has only just begun does not count."""
    return np.asarray(np.maximum(np.ceil(months - 0.1), 1.0))


def _fit_logistic(values: Floats, left: NDArray[np.bool_], weights: Floats) -> Floats:
    """The most likely coefficients given a normal prior around `TYPICAL`.

    By Newton's steps, halved until they improve: far from the optimum a whole one may overshoot.
    """

    def loss(coefficients: Floats) -> float:
        odds = values @ coefficients
        away = coefficients - TYPICAL
        return float(weights @ (np.logaddexp(0, odds) - left * odds) + TRUST * (away @ away) / 2)

    found, best = TYPICAL.copy(), loss(TYPICAL)
    for _ in range(100):
        chance = expit(values @ found)
        slope = values.T @ (weights * (left - chance)) - TRUST * (found - TYPICAL)
        curvature = (values * (weights * chance * (1 - chance))[:, None]).T @ values
        step = np.linalg.solve(curvature + TRUST * np.eye(len(found)), slope)
        while (reached := loss(found + step)) > best and np.abs(step).max() > 1e-9:
            step = step / 2
        if reached > best or np.abs(step).max() < 1e-9:
            break
        found, best = found + step, reached
    return found
