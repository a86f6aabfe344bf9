"""What an order is worth: the Gamma-Gamma model of spending, fitted by scipy.

Each customer's orders vary around a mean of their own, and the means vary between customers
(Fader & Hardie, "The Gamma-Gamma Model of Monetary Value", note 25 of brucehardie.com, 2013; Fader,
Hardie & Lee, JMR 42(4), 2005). The expected mean of a customer is their own average drawn towards
that of all: (n x own + k x everybody's) / (n + k).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaln, digamma

Floats = NDArray[np.float64]


class NotFitted(ValueError):
    """There is no spending to learn from."""


@dataclass(frozen=True)
class SpendingModel:
    """p: shape of one order's value; q and v: shape and scale of the customers' means."""

    p: float
    q: float
    v: float
    log_likelihood: float

    @property
    def mean(self) -> float:
        """Mean order value of all customers. Finite for q above 1 only."""
        return self.p * self.v / (self.q - 1)

    @property
    def weight(self) -> float:
        """How many orders of one's own the mean of everybody counts for: the k above."""
        return (self.q - 1) / self.p

    def expect(self, orders: Floats, average: Floats) -> Floats:
        """Expected mean order value of customers, from their own `orders` and their `average`."""
        own = np.where(orders > 0, average, 0.0)
        return np.asarray((orders * own + self.weight * self.mean) / (orders + self.weight))

    def spread(self, orders: Floats, future_orders: Floats) -> Floats:
        """Coefficient of variation of the average of `future_orders` (at least 1 is assumed).

        Given the history the mean is p x (inverse gamma of shape p x orders + q), and orders vary
        around it by a gamma of shape p.
        """
        shape = np.maximum(self.p * orders + self.q, 2.5)
        of_mean = 1 / (shape - 2)
        of_orders = (1 + of_mean) / (self.p * np.maximum(future_orders, 1.0))
        return np.sqrt(of_mean + of_orders)


def fit_spending(orders: Floats, average: Floats) -> SpendingModel:
    """Fit to customers with orders above 0 and a positive average value of them.

    The mean of everybody must exist, so q stays above 1. Raises NotFitted without any such
    customer.
    """
    is_known = (orders > 0) & (average > 0)
    n, m = orders[is_known].astype(float), average[is_known].astype(float)
    if len(n) == 0:
        raise NotFitted("nobody has paid for anything")
    scale = float(m.mean())
    m = m / scale
    log_m, log_n = np.log(m), np.log(n)

    def loss(logs: Floats) -> tuple[float, Floats]:
        p, v = np.exp(logs[0]), np.exp(logs[2])
        excess = np.exp(logs[1])
        q = 1 + excess
        log_sum = np.log(v + n * m)
        rows = (
            -betaln(p * n, q)
            + q * np.log(v)
            + (p * n - 1) * log_m
            + p * n * log_n
            - (p * n + q) * log_sum
        )
        total = digamma(p * n + q)
        d_p = n * (total - digamma(p * n) + log_m + log_n - log_sum)
        d_q = total - digamma(q) + np.log(v) - log_sum
        d_v = q / v - (p * n + q) / (v + n * m)
        slope = np.array([d_p.mean() * p, d_q.mean() * excess, d_v.mean() * v])
        return -float(rows.mean()), -slope

    found = minimize(
        loss,
        np.array([1.0, 0.5, 0.0]),
        jac=True,
        method="L-BFGS-B",
        bounds=[(-4, 8)] * 3,
        options={"maxiter": 500, "ftol": 1e-14, "gtol": 1e-8},
    )
    if not np.isfinite(found.fun):
        raise NotFitted("the likelihood has no maximum")
    p, excess, v = (float(value) for value in np.exp(found.x))
    log_likelihood = -float(found.fun) * len(n) - len(n) * float(np.log(scale))
    return SpendingModel(p, 1 + excess, v * scale, log_likelihood)
