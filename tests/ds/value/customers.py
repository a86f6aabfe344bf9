"""CDNOW's orders where there are some, and simulated ones of the same form for everywhere else."""

import os
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

FIRST_DAY = date(1997, 1, 1)
SPLIT = date(1997, 9, 30)
DAYS = 39 * 7


def find_cdnow() -> Path | None:
    """The published 1/10 sample, in the folder that COMEBACK_DATA names."""
    folder = os.environ.get("COMEBACK_DATA")
    path = Path(folder) / "cdnow_sample.csv" if folder else None
    return path if path and path.is_file() else None


def simulate_orders(
    seed: int,
    *,
    customers: int = 2400,
    weeks: int = 78,
    r: float = 0.5,
    alpha: float = 6.0,
    a: float = 0.9,
    b: float = 1.6,
    may_stop_at_first: bool = True,
) -> pd.DataFrame:
    """Orders of people who first buy within 12 weeks: `customer, date, value`, as in CDNOW's file.

    Time between orders is continuous before it is cut to days; values are gamma of shape 6 around a
    mean of their own, 35 over all (Gamma-Gamma, p 6, q 4, v 17.5).
    """
    rng = np.random.default_rng(seed)
    rows: list[tuple[str, int, float]] = []
    rate = rng.gamma(r, 1 / alpha, customers)
    stops = rng.beta(a, b, customers)
    scale = rng.gamma(4.0, 1 / 17.5, customers)
    start = rng.uniform(0, 12, customers)
    for number in range(customers):
        at, first = start[number], True
        while at < weeks:
            rows.append((f"{number:05d}", int(at * 7), rng.gamma(6.0, 1 / scale[number])))
            if (may_stop_at_first or not first) and rng.random() < stops[number]:
                break
            first = False
            at += rng.exponential(1 / rate[number])
    frame = pd.DataFrame(rows, columns=["customer", "day", "value"])
    day = pd.Timestamp(FIRST_DAY) + pd.to_timedelta(frame["day"], unit="D")
    return pd.DataFrame(
        {
            "customer": frame["customer"],
            "date": day.dt.strftime("%Y-%m-%d"),
            "value": frame["value"].round(2),
        }
    )


def simulate_histories(
    seed: int,
    *,
    customers: int,
    may_stop_at_first: bool,
    horizon: float,
    model: tuple[float, float, float, float] = (0.5, 6.0, 0.9, 1.6),
) -> pd.DataFrame:
    """`frequency, recency, age` in weeks of simulated customers, and `future`: the orders of the
    next `horizon` weeks. All at once, in continuous time."""
    rng = np.random.default_rng(seed)
    r, alpha, a, b = model
    rate = np.maximum(rng.gamma(r, 1 / alpha, customers), 1e-12)
    stops = rng.beta(a, b, customers)
    age = rng.uniform(27, 39, customers)
    at, recency = np.zeros(customers), np.zeros(customers)
    frequency, future = np.zeros(customers), np.zeros(customers)
    stays = rng.random(customers) >= stops if may_stop_at_first else np.ones(customers, bool)
    active = np.flatnonzero(stays)
    while len(active):
        at[active] += rng.exponential(1 / rate[active])
        active = active[at[active] < age[active] + horizon]
        known = active[at[active] < age[active]]
        frequency[known] += 1
        recency[known] = at[known]
        future[active[at[active] >= age[active]]] += 1
        active = active[rng.random(len(active)) >= stops[active]]
    return pd.DataFrame({"frequency": frequency, "recency": recency, "age": age, "future": future})


def as_orders(frame: pd.DataFrame) -> pd.DataFrame:
    """The file's rows as `ds.value.orders.read_orders` gives them."""
    day = pd.to_datetime(frame["date"]).astype("datetime64[s]")
    return pd.DataFrame({"customer": frame["customer"], "day": day, "value": frame["value"]})
