"""Orders of customers, and what is known of each customer on a day."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pandas as pd


def read_orders(path: Path) -> pd.DataFrame:
    """Read a CSV file with the columns `customer, date, value` (others are left out).

    Out: `customer` (text)`, day, value`. Raises ValueError when a column or a value is missing.
    """
    frame = pd.read_csv(path, dtype={"customer": str})
    missing = {"customer", "date", "value"} - set(frame.columns)
    if missing:
        raise ValueError(f"{path} has no column {', '.join(sorted(missing))}")
    orders = pd.DataFrame(
        {
            "customer": frame["customer"],
            "day": pd.to_datetime(frame["date"], format="%Y-%m-%d").astype("datetime64[s]"),
            "value": frame["value"].astype(float),
        }
    )
    if orders.isna().any(axis=None):
        raise ValueError(f"{path} has rows without a customer, date or value")
    return orders


@dataclass(frozen=True)
class Period:
    """Known data end with `until`; the `days` after it are to be forecast."""

    until: date
    days: int

    @property
    def weeks(self) -> float:
        return self.days / 7


def summarise_orders(orders: pd.DataFrame, *, until: date) -> pd.DataFrame:
    """What is known of each customer at the end of `until`; later orders are not read.

    In: `customer, day, value`. Out, by customer: `frequency` (days with an order after the first
    one)`, recency` (weeks from the first to the last)`, age` (weeks since the first)`, orders,
    spend, repeat_value` (mean value of a day with orders, the first left out; 0 without one).
    Several orders on one day are one.
    """
    known = orders[orders["day"] <= pd.Timestamp(until)]
    days = known.groupby(["customer", "day"], sort=True)["value"].agg(["sum", "size"]).reset_index()
    by_customer = days.groupby("customer", sort=True)
    summary = by_customer.agg(
        first=("day", "min"),
        last=("day", "max"),
        days=("day", "size"),
        orders=("size", "sum"),
        spend=("sum", "sum"),
        first_value=("sum", "first"),
    )
    frequency = summary["days"] - 1
    repeat = (summary["spend"] - summary["first_value"]) / frequency.where(frequency > 0)
    return pd.DataFrame(
        {
            "frequency": frequency.astype(float),
            "recency": (summary["last"] - summary["first"]).dt.days / 7,
            "age": (pd.Timestamp(until) - summary["first"]).dt.days / 7,
            "orders": summary["orders"],
            "spend": summary["spend"],
            "repeat_value": repeat.fillna(0.0),
        }
    )


def sum_future(
    orders: pd.DataFrame, period: Period, customers: "pd.Index[str]"
) -> "pd.Series[float]":
    """What each customer spent in the days that were to be forecast."""
    until = pd.Timestamp(period.until)
    later = (orders["day"] > until) & (orders["day"] <= until + pd.Timedelta(days=period.days))
    spent = orders[later].groupby("customer")["value"].sum()
    return spent.reindex(customers).fillna(0.0).astype(float)
