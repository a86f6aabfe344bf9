"""Compare forecasts of what customers will spend: `python -m ds.evaluation.value FILE.csv`.

FILE.csv has the columns customer, date, value. The days up to and including --split are known; the
--horizon days after them are forecast and then compared with what was spent. The method called
ours is chosen and corrected by a rehearsal inside the known days, before any later day is read.

With --gym the customers are a gym's members and the orders are its ledger; ours is what the gym
would have seen on the day of the split.
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
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker

from core.clock import AsOf, find_day_end
from core.money import DECIMALS
from db.gym_lookup import find_gym_of
from db.session import GymSession, make_engine, make_session_factory, session_scope
from ds.data import read_dataset
from ds.evaluation.baselines import BuyTillYouDie, Choice, choose, recent_continues, spend_so_far
from ds.evaluation.value_comparison import Score, compare, format_scores
from ds.settings import ScienceSettings
from ds.value.attrition import MONTH
from ds.value.forecast import forecast_members
from ds.value.history import read_ledger
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
    """How ours was chosen, as text."""
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
        PEER: BuyTillYouDie()(known, period),
        OURS: choice(known, period),
    }
    how = (
        f"{choice.model.name}, chosen on the {choice.tested.days} days after"
        f" {choice.tested.until}; {choice.missing * period.days:+.2f} per customer for what it"
        " missed there"
    )
    truth = sum_future(orders, period, forecasts[PEER].index)
    return Evaluation(period, compare(forecasts, truth), how, choice)


def evaluate_gym(
    factory: sessionmaker[GymSession],
    email: str,
    split: date | None = None,
    horizon: int | None = None,
) -> Evaluation:
    """Compare on a gym's ledger. Members without known payments on the split are left out.

    The horizon is rounded to whole months of 30.4 days, in which contracts are forecast. Raises
    ValueError when no gym's owner has this address, and for one without payments or visits.
    """
    with session_scope(factory) as session:
        gym = find_gym_of(session, email)
        if gym is None:
            raise ValueError(f"no gym has the owner {email}")
        orders = read_ledger(session, gym)
        if orders.empty:
            raise ValueError("this gym has no payments")
        period = find_period(orders, split, horizon)
        as_of = AsOf(find_day_end(period.until, gym.timezone), period.until, False)
        dataset = read_dataset(session, gym, as_of)
    if dataset.history is None:
        raise ValueError("this gym has no history")
    # Outside the transaction: the database ends one that is idle for a minute.
    months = max(1, round(period.days / MONTH))
    known = orders[orders["day"] <= pd.Timestamp(period.until)]
    found = forecast_members(
        dataset.members,
        dataset.history,
        as_of=period.until,
        decimals=DECIMALS[dataset.currency],
        months=months,
    ).members.dropna(subset=["forecast_value"])
    ours = found.set_index(found["member_id"].astype(str))["forecast_value"]
    forecasts = {
        SEED: spend_so_far(known, period),
        RECENT: recent_continues(known, period),
        PEER: BuyTillYouDie()(known, period),
        OURS: ours,
    }
    how = f"the forecast of {months} months that the gym would have had on {period.until}"
    truth = sum_future(orders, period, ours.index)
    return Evaluation(period, compare(forecasts, truth), how)


def _read_and_evaluate(email: str, split: date | None, horizon: int | None) -> Evaluation:
    engine = make_engine(ScienceSettings().ops_database_url, pool_size=1, statement_timeout_ms=0)
    try:
        return evaluate_gym(make_session_factory(engine), email, split, horizon)
    finally:
        engine.dispose()


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ds.evaluation.value", description=__doc__)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("file", metavar="FILE.csv", type=Path, nargs="?")
    source.add_argument("--gym", metavar="EMAIL", help="read the gym of this owner instead")
    parser.add_argument("--split", metavar="DATE", type=date.fromisoformat, help="last known day")
    parser.add_argument("--horizon", metavar="DAYS", type=int, help="days to forecast")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    chosen = parser.parse_args(arguments)
    try:
        if chosen.gym:
            found = _read_and_evaluate(chosen.gym, chosen.split, chosen.horizon)
        else:
            orders = read_orders(chosen.file)
            found = evaluate(orders, find_period(orders, chosen.split, chosen.horizon))
    except (OSError, ValueError, SQLAlchemyError) as error:
        print(f"evaluate_clv: {error}", file=sys.stderr)
        return 1
    if chosen.json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        period = found.period
        print(f"Known up to {period.until}, forecast for the {period.days} days after it")
        print(format_scores(found.scores))
        print(f"ours: {found.how}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
