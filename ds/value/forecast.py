"""What each member is expected to pay in the next twelve months, with a band of 80%.

Members with a contract: expected months of membership (`ds.value.attrition`) times what a month of
it brings. Members who pay without one: expected orders (`ds.value.bg_nbd`, MBG/NBD) times what an
order brings (`ds.value.gamma_gamma`). A member who has left is expected to pay nothing; one without
known payments has no forecast.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtri

from db.models.clv_estimate import ForecastBasis
from ds.value.attrition import MONTH, MONTHS, AttritionModel, fit_attrition
from ds.value.bg_nbd import PurchaseModel, fit_purchases
from ds.value.gamma_gamma import SpendingModel, fit_spending
from ds.value.history import YEAR, ValueHistory, describe_states

Floats = NDArray[np.floating[Any]]

CHUNK = 50_000
"""Members forecast at a time, which bounds the memory."""

MAX_FITTED = 100_000
"""Members whose orders a model is fitted to: evenly chosen, and more would not improve it."""

OWN_MONTHS = 12.0
PLAN_WEIGHT = 12.0
"""A member's own last year counts as much as the plan's mean. An assumption."""

TAIL = 0.1
DEVIATIONS = 1.2816
"""Standard deviations from the middle to the 10% tail of a normal distribution."""

FEW_MEMBERS = 20
USUAL_SPREAD = 0.1
PRIOR_WEIGHT = 4.0
COLUMNS = [
    "member_id",
    "forecast_value",
    "forecast_low",
    "forecast_high",
    "forecast_basis",
    "forecast_stay",
    "forecast_units",
    "forecast_unit_value",
]


@dataclass(frozen=True)
class Forecasts:
    """`members`: the columns of `COLUMNS`, one row per member, money in major units; empty where no
    money is known. `details` has the models' parameters."""

    members: pd.DataFrame
    details: dict[str, Any]


def forecast_members(
    members: pd.DataFrame,
    history: ValueHistory,
    *,
    as_of: date,
    decimals: int,
    months: int = MONTHS,
) -> Forecasts:
    """Forecast the `months` after `as_of` for all members, `member_id, joined_on, last_visit_on`.

    forecast_value is forecast_units x forecast_unit_value, exact in the `decimals` of the currency.
    """
    leaving = fit_attrition(history.past)
    contracts = history.contracts.merge(
        members[["member_id", "joined_on", "last_visit_on"]], on="member_id", how="inner"
    )
    details: dict[str, Any] = {
        "leaving": {
            "coefficients": [round(float(value), 4) for value in leaving.coefficients],
            "mid_term": round(leaving.mid_term, 5),
            "member_months": leaving.member_months,
            "left": leaving.left,
        }
    }
    major = 10.0**decimals
    contracts = contracts.assign(price=contracts["price"] / major, paid=contracts["paid"] / major)
    orders = history.orders.assign(spend=history.orders["spend"] / major)
    # Of a contract without a price and without a payment no money is known.
    contracts = contracts[(contracts["price"] > 0) | (contracts["paid"] > 0)]
    parts = [_forecast_gone(history.had_contract)]
    if len(contracts):
        monthly = _value_months(contracts, history.paid_since, as_of)
        details["paid_per_price"] = round(monthly.collected, 4)
        for start in range(0, len(contracts), CHUNK):
            chunk = slice(start, start + CHUNK)
            values = monthly.values[chunk]
            parts.append(
                _forecast_contracts(
                    contracts.iloc[chunk], values, monthly.spread, leaving, as_of, months
                )
            )
    if len(orders):
        purchases, spending = _fit_orders(orders)
        details["orders"] = {
            "r": purchases.r, "alpha": purchases.alpha, "a": purchases.a, "b": purchases.b,
            "p": spending.p, "q": spending.q, "v": spending.v,
        }  # fmt: skip
        for start in range(0, len(orders), CHUNK):
            chunk_orders = orders.iloc[start : start + CHUNK]
            parts.append(_forecast_orders(chunk_orders, purchases, spending, months))
    known = _round(pd.concat(parts, ignore_index=True), decimals)
    found = members[["member_id"]].merge(known, on="member_id", how="left", validate="1:1")
    return Forecasts(found[COLUMNS], details)


@dataclass(frozen=True)
class _Monthly:
    values: Floats
    """Major units a month, by contract."""
    spread: float
    """Relative deviation of a year's money of a member who stays."""
    collected: float
    """Money that came per money agreed."""


def _value_months(contracts: pd.DataFrame, paid_since: date | None, as_of: date) -> _Monthly:
    """What a month of each contract brings: (n x own + k x plan mean) / (n + k), n and k in months.

    The plan's mean is the contract's own price times the share of it that is collected on the plan.
    Own money counts after a whole year only, so that a yearly payment is neither missed nor taken
    for a monthly one; where the ledger is shorter, the price is all there is.
    """
    year_ago = as_of - timedelta(days=YEAR)
    agreed = contracts["price"].to_numpy(dtype=float) / 12
    # Where no price is on record, it is what was paid in the months of the last year.
    tenure = (pd.Timestamp(as_of) - contracts["joined_on"]).dt.days.to_numpy(dtype=float) / MONTH
    came_in = contracts["paid"].to_numpy(dtype=float) / np.clip(tenure, 1, 12)
    price = np.where(agreed > 0, agreed, came_in)
    if paid_since is None or paid_since > year_ago:
        return _Monthly(price, USUAL_SPREAD, 1.0)
    has_year = (contracts["joined_on"] <= pd.Timestamp(year_ago)).to_numpy() & (price > 0)
    own = contracts["paid"].to_numpy(dtype=float) / OWN_MONTHS
    plan = contracts["plan_id"].to_numpy()
    frame = pd.DataFrame({"plan": plan, "own": own, "price": price})[has_year]
    if frame.empty:
        return _Monthly(price, USUAL_SPREAD, 1.0)
    # Few members of a plan are weak evidence about it, and few of a gym about the gym.
    extra = FEW_MEMBERS * frame["price"].mean()
    whole = (frame["own"].sum() + extra) / (frame["price"].sum() + extra)
    collected = float(np.clip(whole, 0.3, 1.5))
    sums = frame.groupby("plan")[["own", "price"]].sum()
    shares = ((sums["own"] + extra * collected) / (sums["price"] + extra)).clip(0.3, 1.5)
    share = shares.reindex(plan).fillna(collected).to_numpy()
    mean = price * share
    values = np.where(
        has_year, (OWN_MONTHS * own + PLAN_WEIGHT * mean) / (OWN_MONTHS + PLAN_WEIGHT), mean
    )
    relative = (frame["own"] / (frame["price"] * shares.reindex(frame["plan"]).to_numpy())).clip(
        0.2, 3.0
    )
    spread = float(np.log(relative).std()) if len(frame) > 30 else USUAL_SPREAD
    return _Monthly(np.maximum(values, 0.0), float(np.clip(spread, 0.03, 0.6)), collected)


def _forecast_contracts(
    contracts: pd.DataFrame,
    monthly: Floats,
    spread: float,
    leaving: AttritionModel,
    as_of: date,
    months: int,
) -> pd.DataFrame:
    frozen = contracts["frozen_since"]
    # An absence under a freeze is none.
    seen = contracts["last_visit_on"].where(frozen.isna(), pd.Timestamp(as_of))
    states = describe_states(contracts.assign(seen_on=seen), as_of)
    stays = leaving.survive(states, months)
    rest = (contracts["frozen_until"] - pd.Timestamp(as_of)).dt.days.fillna(0) / MONTH
    counts = _weigh_months(rest.to_numpy(dtype=float), months)
    # Who leaves in a month has, on average, paid for half of it.
    before = np.column_stack([np.ones(len(stays)), stays[:, :-1]])
    units = (counts * (before + stays) / 2).sum(axis=1)
    is_cancelled = states["is_cancelled"].to_numpy()
    ends = (contracts["ends_on"] - pd.Timestamp(as_of)).dt.days.to_numpy(dtype=float)
    certain = np.clip(np.nan_to_num(ends, nan=0.0) / MONTH - rest.to_numpy(dtype=float), 0, months)
    units = np.where(is_cancelled, certain, units)
    paid_months = np.column_stack([np.zeros(len(stays)), np.cumsum(counts, axis=1)])
    high = _months_at(paid_months, stays, TAIL)
    low, _ = _widen(units, _months_at(paid_months, stays, 1 - TAIL), high, spread)
    # Most stay to the last month, and some of them bring more in it than is usual.
    above = ndtri(1 - TAIL / np.maximum(stays[:, -1], TAIL * 1.0001))
    high = np.maximum(high, paid_months[:, -1] * np.exp(above * spread))
    # For a member who has cancelled only the day of the last payment is uncertain.
    low = np.where(is_cancelled, np.floor(certain), low)
    high = np.where(is_cancelled, np.ceil(certain), high)
    return _finish(
        contracts["member_id"].to_numpy(),
        ForecastBasis.CONTRACT,
        stays[:, -1],
        units,
        monthly,
        low,
        high,
    )


def _weigh_months(rest: Floats, months: int) -> Floats:
    """How much of each coming month is paid for: nothing of what is still frozen."""
    first = np.arange(months, dtype=float)
    return np.clip(first[None, :] + 1 - rest[:, None], 0.0, 1.0)


def _months_at(paid_months: Floats, stays: Floats, chance: float) -> Floats:
    """The most months that are paid with at least this chance, between whole ones linearly."""
    rows, months = stays.shape
    bounds = np.column_stack([np.ones(rows), stays])
    number = (bounds >= chance).sum(axis=1) - 1
    last = np.minimum(number, months - 1)
    index = np.arange(rows)
    here, there = bounds[index, last], bounds[index, last + 1]
    part = np.where(here > there, (here - chance) / np.maximum(here - there, 1e-12), 1.0)
    part = np.where(number >= months, 1.0, np.clip(part, 0, 1))
    start, end = paid_months[index, last], paid_months[index, last + 1]
    return np.asarray(start + part * (end - start))


def _fit_orders(orders: pd.DataFrame) -> tuple[PurchaseModel, SpendingModel]:
    fitted = orders.iloc[:: -(-len(orders) // MAX_FITTED)]
    purchases = fit_purchases(fitted, may_stop_at_first=True, prior_weight=PRIOR_WEIGHT)
    count = fitted["frequency"].to_numpy(dtype=float) + 1
    spend = fitted["spend"].to_numpy(dtype=float)
    return purchases, fit_spending(count, spend / count)


def _forecast_orders(
    orders: pd.DataFrame, purchases: PurchaseModel, spending: SpendingModel, months: int
) -> pd.DataFrame:
    weeks = months * MONTH / 7
    count = orders["frequency"].to_numpy(dtype=float) + 1
    average = orders["spend"].to_numpy(dtype=float) / count
    units = purchases.expect(orders, weeks)
    spread = spending.spread(count, units)
    few, many = (purchases.quantile(orders, weeks, level) for level in (TAIL, 1 - TAIL))
    low, high = _widen(units, few, many, spread)
    stay, value = purchases.chance_stays(orders, weeks), spending.expect(count, average)
    return _finish(
        orders["member_id"].to_numpy(), ForecastBasis.VISITS, stay, units, value, low, high
    )


def _widen(
    units: Floats, low: Floats, high: Floats, spread: Floats | float
) -> tuple[Floats, Floats]:
    """Move the bounds of the units further out for what one of them may bring.

    How many there are and what they bring is taken to be independent: their distances on a log
    scale add up like the legs of a right triangle.
    """
    safe = np.maximum(units, 1e-9)
    with np.errstate(divide="ignore"):
        below = np.minimum(np.log(np.maximum(low, 0.0) / safe), 0.0)
        above = np.maximum(np.log(np.maximum(high, 0.0) / safe), 0.0)
    reach = DEVIATIONS * np.sqrt(np.log1p(np.square(spread)))
    return units * np.exp(-np.hypot(below, reach)), units * np.exp(np.hypot(above, reach))


def _forecast_gone(member_ids: "pd.Series[int]") -> pd.DataFrame:
    zero = np.zeros(len(member_ids))
    return _finish(member_ids.to_numpy(), ForecastBasis.CONTRACT, zero, zero, zero, zero, zero)


def _finish(
    member_ids: Any,
    basis: ForecastBasis,
    stay: Floats,
    units: Floats,
    unit_value: Floats,
    low_units: Floats,
    high_units: Floats,
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "member_id": member_ids,
            "low_units": low_units,
            "high_units": high_units,
            "forecast_basis": basis,
            "forecast_stay": stay,
            "forecast_units": units,
            "forecast_unit_value": unit_value,
        }
    )


def _round(known: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """So that units x unit value is the value, which lies in its band."""
    units, unit_value = (
        known["forecast_units"].round(4),
        known["forecast_unit_value"].round(decimals),
    )
    value = (units * unit_value).round(decimals)
    low, high = (
        (known[bound] * unit_value).round(decimals) for bound in ("low_units", "high_units")
    )
    return known.assign(
        forecast_value=value,
        forecast_low=np.minimum(low, value),
        forecast_high=np.maximum(high, value),
        forecast_stay=known["forecast_stay"].round(4),
        forecast_units=units,
        forecast_unit_value=unit_value,
    )
