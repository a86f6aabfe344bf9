"""Compare forecasts of what customers will spend: `python -m ds.evaluate_clv FILE.csv`.

FILE.csv has the columns customer, date, value. The days up to and including --split are known; the
--horizon days after them are forecast and then compared with what was spent. The method called
ours is chosen and corrected by a rehearsal inside the known days, before any later day is read.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from ds.value.comparison import Score, compare, word_scores
from ds.value.methods import BuyTillStop, Choice, choose, recent_continues, spend_so_far
from ds.value.orders import Period, read_orders, sum_future

SEED = "spend so far (seed 004)"
RECENT = "recent spend continues"
PEER = "BG/NBD + Gamma-Gamma"
OURS = "ours"


@dataclass(frozen=True)
class Evaluation:
    period: Period
    scores: list[Score]
    how: str
    """How ours was chosen, in words."""
    choice: Choice | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "known_until": self.period.until.isoformat(),
            "horizon_days": self.period.days,
            "ours": self.how,
            "rehearsal_rmse": dict(self.choice.errors) if self.choice else None,
            "methods": [found.to_dict() for found in self.scores],
        }


def find_period(orders: pd.DataFrame, split: date | None, horizon: int | None) -> Period:
    """Without a split the first half of the days is known; without a horizon all others follow."""
    first, last = orders["day"].min().date(), orders["day"].max().date()
    until = split or first + timedelta(days=((last - first).days + 1) // 2 - 1)
    if not first < until < last:
        raise ValueError(f"--split must lie between {first} and {last}, the first and last orders")
    return Period(until, min(horizon or (last - until).days, (last - until).days))


def evaluate(orders: pd.DataFrame, period: Period) -> Evaluation:
    """Forecast with every method from the known days, then read the later days once."""
    known = orders[orders["day"] <= pd.Timestamp(period.until)]
    choice = choose(known, period)
    forecasts = {
        SEED: spend_so_far(known, period),
        RECENT: recent_continues(known, period),
        PEER: BuyTillStop()(known, period),
        OURS: choice(known, period),
    }
    how = (
        f"{choice.model.name}, chosen on the {choice.tested.days} days after"
        f" {choice.tested.until}; {choice.missing * period.days:+.2f} per customer for what it"
        " missed there"
    )
    truth = sum_future(orders, period, forecasts[PEER].index)
    return Evaluation(period, compare(forecasts, truth), how, choice)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ds.evaluate_clv", description=__doc__)
    parser.add_argument("file", metavar="FILE.csv", type=Path)
    parser.add_argument("--split", metavar="DATE", type=date.fromisoformat, help="last known day")
    parser.add_argument("--horizon", metavar="DAYS", type=int, help="days to forecast")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = parser.parse_args(arguments)
    try:
        orders = read_orders(chosen.file)
        found = evaluate(orders, find_period(orders, chosen.split, chosen.horizon))
    except (OSError, ValueError) as error:
        print(f"evaluate_clv: {error}", file=sys.stderr)
        return 1
    if chosen.json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        period = found.period
        print(f"Known up to {period.until}, forecast for the {period.days} days after it")
        print(word_scores(found.scores))
        print(f"ours: {found.how}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
