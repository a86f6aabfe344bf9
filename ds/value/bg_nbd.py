"""How often customers without a contract buy again: BG/NBD and MBG/NBD, fitted by scipy.

While active a customer buys at random at a rate of their own; the rates of all are gamma
distributed (shape r, rate alpha). After a purchase they may stop for good, each with a chance of
their own; these are beta distributed (a, b). BG/NBD (Fader, Hardie & Lee, "Counting Your Customers
the Easy Way", Marketing Science 24(2), 2005) lets nobody stop before the second purchase, so a
customer who bought once counts as active for ever. MBG/NBD (Batislam, Denizel & Filiztekin,
"Empirical validation and comparison of models for customer base analysis", IJRM 24(3), 2007) lets
them stop after the first one too, and is what we use for gyms.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betainc, betaln, digamma, expit, gammaln, hyp2f1

Floats = NDArray[np.float64]

TYPICAL = (0.0, 1.4, 0.0, 0.9)
"""Logs of r, alpha (weeks), a and b that a small gym's figures are drawn to."""


class NotFitted(ValueError):
    """The customers' purchases do not determine the model."""


@dataclass(frozen=True)
class PurchaseModel:
    """Fitted to `frequency` (repeat purchases)`, recency` (first to last purchase) and `age` (first
    purchase to now); time in one unit throughout, weeks unless said otherwise."""

    r: float
    alpha: float
    a: float
    b: float
    may_stop_at_first: bool
    """True: MBG/NBD. False: BG/NBD."""
    log_likelihood: float

    def expect(self, customers: pd.DataFrame, horizon: float) -> Floats:
        """Expected purchases in the next `horizon`, given each customer's history.

        The papers' 2F1 of large arguments by Euler's transformation, which keeps it finite for
        hundreds of purchases.
        """
        x, _, age = _columns(customers)
        first = 1.0 if self.may_stop_at_first else 0.0
        # The formula has a removable pole at a = 1.
        a = self.a if abs(self.a - 1) > 1e-6 else 1 + 1e-6
        z = horizon / (self.alpha + age + horizon)
        c = a + self.b + x - 1 + first
        hyper = hyp2f1(a - 1, a + self.b - 1 + first - self.r, c, z)
        purchases = c / (a - 1) * (1 - (1 - z) ** (a - 1) * hyper)
        return np.asarray(np.maximum(self.chance_active(customers) * purchases, 0.0))

    def chance_active(self, customers: pd.DataFrame) -> Floats:
        """Chance that a customer has not stopped for good."""
        x, recency, age = _columns(customers)
        odds_stopped = _log_odds_stopped(
            (self.r, self.alpha, self.a, self.b), x, recency, age, self.may_stop_at_first
        )
        return np.asarray(expit(-odds_stopped))

    def chance_stays(self, customers: pd.DataFrame, horizon: float) -> Floats:
        """Chance not to have stopped for good in `horizon` from now either.

        The mean of exp(-rate x stop x horizon) over a gamma rate and a beta stop is Gauss's 2F1.
        """
        x, _, age = _columns(customers)
        survived = self.b + x + (1.0 if self.may_stop_at_first else 0.0)
        going = hyp2f1(self.r + x, self.a, self.a + survived, -horizon / (self.alpha + age))
        return np.asarray(self.chance_active(customers) * going)

    def chance_of_more(self, customers: pd.DataFrame, horizon: float, count: Floats) -> Floats:
        """Chance of more than `count` purchases in the next `horizon`.

        More than n purchases are n + 1 arrivals of the gamma mixed Poisson process with no stop
        after the first n of them; rate and chance to stop are independent given the history.
        """
        x, _, age = _columns(customers)
        shape = self.r + x
        z = horizon / (self.alpha + age + horizon)
        arrives = betainc(count + 1, shape, z)
        survived = self.b + x + (1.0 if self.may_stop_at_first else 0.0)
        goes_on = np.exp(betaln(self.a, survived + count) - betaln(self.a, survived))
        return np.asarray(self.chance_active(customers) * arrives * goes_on)

    def quantile(self, customers: pd.DataFrame, horizon: float, level: float) -> Floats:
        """The smallest count that the purchases in the next `horizon` do not pass with chance
        `level`."""
        low = np.full(len(customers), -1.0)
        high = np.ceil(4 * self.expect(customers, horizon) + 8)
        while (short := self.chance_of_more(customers, horizon, high) > 1 - level).any():
            high[short] *= 2
        while (high - low > 1).any():
            middle = np.floor((low + high) / 2)
            enough = self.chance_of_more(customers, horizon, np.maximum(middle, 0)) <= 1 - level
            enough &= middle >= 0
            high = np.where(enough, middle, high)
            low = np.where(enough, low, middle)
        return high


def fit_purchases(
    customers: pd.DataFrame, *, may_stop_at_first: bool = False, prior_weight: float = 0.0
) -> PurchaseModel:
    """Fit by maximum likelihood; with `prior_weight` drawn towards `TYPICAL`, for small gyms.

    Customers with equal figures are counted once. Time is scaled inside, so any unit will do
    without a prior; with one it must be weeks. Raises NotFitted without customers.
    """
    if customers.empty:
        raise NotFitted("nobody has bought anything")
    x, recency, age = _columns(customers)
    rows, counts = np.unique(np.stack([x, recency, age], axis=1), axis=0, return_counts=True)
    scale = max(float(age.max()), 1e-9) / 10
    x, recency, age = rows[:, 0], rows[:, 1] / scale, rows[:, 2] / scale
    centre = np.array(TYPICAL) - np.array([0.0, np.log(scale), 0.0, 0.0])
    customers_all = counts.sum()

    def loss(logs: Floats) -> tuple[float, Floats]:
        value, slope = _log_likelihood(logs, x, recency, age, counts, may_stop_at_first)
        away = logs - centre
        value -= prior_weight * float(away @ away) / 2
        slope = slope - prior_weight * away
        return -value / customers_all, -slope / customers_all

    best = None
    for start in (np.array([-0.7, 0.5, -0.3, 0.8]), np.array([0.5, 1.0, -1.5, 1.5])):
        found = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[(-9, 12)] * 4,
            options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
        )
        if np.isfinite(found.fun) and (best is None or found.fun < best.fun):
            best = found
        if best is not None and best.success:
            break
    if best is None:
        raise NotFitted("the likelihood has no maximum")
    r, alpha, a, b = (float(value) for value in np.exp(best.x))
    final, _ = _log_likelihood(best.x, x, recency, age, counts, may_stop_at_first)
    # The density of purchase times depends on the unit: back from the scaled one.
    unscaled = final - float(counts @ x) * np.log(scale)
    return PurchaseModel(r, alpha * scale, a, b, may_stop_at_first, unscaled)


def _columns(customers: pd.DataFrame) -> tuple[Floats, Floats, Floats]:
    return (
        customers["frequency"].to_numpy(dtype=float),
        customers["recency"].to_numpy(dtype=float),
        customers["age"].to_numpy(dtype=float),
    )


def _log_odds_stopped(
    model: tuple[float, float, float, float],
    x: Floats,
    recency: Floats,
    age: Floats,
    may_stop_at_first: bool,
) -> Floats:
    """Log odds of having stopped right after the last purchase against being active still."""
    r, alpha, a, b = model
    times = (r + x) * (np.log(alpha + age) - np.log(alpha + recency))
    if may_stop_at_first:
        return np.asarray(np.log(a) - np.log(b + x) + times)
    odds = np.log(a) - np.log(b + np.maximum(x, 1) - 1) + times
    return np.where(x > 0, odds, -np.inf)


def _log_likelihood(
    logs: Floats,
    x: Floats,
    recency: Floats,
    age: Floats,
    counts: NDArray[np.int64],
    may_stop_at_first: bool,
) -> tuple[float, Floats]:
    """Log-likelihood and its gradient in the logs of r, alpha, a and b."""
    r, alpha, a, b = (float(value) for value in np.exp(logs))
    first = 1.0 if may_stop_at_first else 0.0
    survived = x + first
    odds = _log_odds_stopped((r, alpha, a, b), x, recency, age, may_stop_at_first)
    rows = (
        gammaln(r + x)
        - gammaln(r)
        + r * np.log(alpha)
        - (r + x) * np.log(alpha + age)
        + betaln(a, b + survived)
        - betaln(a, b)
        + np.logaddexp(0.0, odds)
    )
    stopped = expit(odds)
    at_age, at_last = 1 / (alpha + age), 1 / (alpha + recency)
    log_ratio = np.log(alpha + age) - np.log(alpha + recency)
    d_r = digamma(r + x) - digamma(r) + np.log(alpha) - np.log(alpha + age) + stopped * log_ratio
    d_alpha = r / alpha - (r + x) * at_age + stopped * (r + x) * (at_age - at_last)
    total = digamma(a + b + survived)
    d_a = digamma(a + b) - total + stopped / a
    d_b = digamma(b + survived) - total - digamma(b) + digamma(a + b)
    rest = b + x if may_stop_at_first else b + np.maximum(x, 1) - 1
    d_b = d_b - stopped / rest
    slope = np.array(
        [counts @ d_r * r, counts @ d_alpha * alpha, counts @ d_a * a, counts @ d_b * b]
    )
    return float(counts @ rows), slope
