"""Ways to forecast what each customer will spend, from orders alone. Compared by
`ds.evaluation.value_comparison`; ours is chosen and corrected on known days only."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ds.value.bg_nbd import fit_purchases
from ds.value.gamma_gamma import fit_spending
from ds.value.orders import Period, sum_future, summarise_orders

Floats = NDArray[np.float64]
Forecast = Callable[[pd.DataFrame, Period], "pd.Series[float]"]

RECENT_DAYS = 182
MAX_CORRECTION = 0.3
"""Of the forecast total. A test on few days must not turn a forecast over."""


def spend_so_far(orders: pd.DataFrame, period: Period) -> "pd.Series[float]":
    """Seed 004's lifetime value, read as a forecast: average order value x orders x 1."""
    spend: pd.Series[float] = summarise_orders(orders, until=period.until)["spend"].astype(float)
    return spend


def recent_continues(orders: pd.DataFrame, period: Period) -> "pd.Series[float]":
    """What was spent in the last half year, or since the first order of all if that is less long
    ago, goes on at the same pace."""
    customers = summarise_orders(orders, until=period.until).index
    first = orders["day"].min().date()
    days = max(1, min(RECENT_DAYS, (period.until - first).days))
    recent = Period(period.until - timedelta(days=days), days)
    return sum_future(orders, recent, customers).mul(period.days / days)


@dataclass(frozen=True)
class BuyTillYouDie:
    """Expected orders by BG/NBD or MBG/NBD, times an order's expected value by Gamma-Gamma.

    `counts_first_order`: an average order is that of all orders; else, as the papers have it, of
    repeat orders only.
    """

    may_stop_at_first: bool = False
    counts_first_order: bool = False

    @property
    def name(self) -> str:
        purchases = "MBG/NBD" if self.may_stop_at_first else "BG/NBD"
        return (
            f"{purchases} + Gamma-Gamma of {'all' if self.counts_first_order else 'repeat'} orders"
        )

    def __call__(self, orders: pd.DataFrame, period: Period) -> "pd.Series[float]":
        known = summarise_orders(orders, until=period.until)
        model = fit_purchases(known, may_stop_at_first=self.may_stop_at_first)
        count = known["frequency"].to_numpy(dtype=float)
        average = known["repeat_value"].to_numpy(dtype=float)
        if self.counts_first_order:
            count = count + 1
            average = known["spend"].to_numpy(dtype=float) / count
        values = fit_spending(count, average).expect(count, average)
        return pd.Series(model.expect(known, period.weeks) * values, index=known.index)


CANDIDATES = tuple(
    BuyTillYouDie(may_stop_at_first=stops, counts_first_order=counts)
    for stops in (False, True)
    for counts in (False, True)
)


@dataclass(frozen=True)
class Choice:
    """The candidate that did best on the second half of the known days, and what it missed there.

    `missing` is money per customer and day: what customers spent beyond the forecast of the first
    half. `errors` has each candidate's RMSE there, so corrected.
    """

    model: BuyTillYouDie
    missing: float
    tested: Period
    errors: Mapping[str, float]

    def __call__(self, orders: pd.DataFrame, period: Period) -> "pd.Series[float]":
        return _correct(self.model(orders, period), self.missing * period.days)


def choose(orders: pd.DataFrame, period: Period) -> Choice:
    """Choose and correct a forecast by a rehearsal: split the known days, forecast the later ones.

    Reads orders up to `period.until` only. These models forget that people come back who seemed
    to have stopped, so their totals fall short the further they look. The rehearsal's shortfall is
    added to every customer alike, which corrects the total without making the largest forecasts
    larger still: scaling them cost accuracy in every rehearsal.
    """
    known = orders[orders["day"] <= pd.Timestamp(period.until)]
    days = max(1, min(period.days, (period.until - known["day"].min().date()).days // 2))
    tested = Period(period.until - timedelta(days=days), days)
    errors: dict[str, float] = {}
    best: tuple[float, BuyTillYouDie, float] | None = None
    for model in CANDIDATES:
        forecast = model(known, tested)
        truth = sum_future(known, tested, forecast.index)
        limit = MAX_CORRECTION * float(forecast.mean())
        gap = float(np.clip(truth.mean() - forecast.mean(), -limit, limit))
        error = float(np.sqrt(((_correct(forecast, gap) - truth) ** 2).mean()))
        errors[model.name] = error
        if best is None or error < best[0]:
            best = (error, model, gap / days)
    if best is None:
        raise ValueError("there is nothing to choose from")
    return Choice(best[1], best[2], tested, errors)


def _correct(forecast: "pd.Series[float]", gap: float) -> "pd.Series[float]":
    """Add `gap` to each; where it is negative, scale down instead: nobody spends less than 0."""
    if gap >= 0:
        return forecast + gap
    return forecast * max(0.0, 1 + gap / float(forecast.mean()))
