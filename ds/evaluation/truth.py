"""Compare past at-risk lists with the truth of simulated gyms, which nothing else reads.

    python -m ds.evaluation.truth --picture docs/images/risk-evaluation.svg

For each simulated gym a model is trained on what was known before the first of the days, then each
day's list is made as it would have been, by the rule alone and with the model.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.clock import read_now
from db.as_of import read_as_of
from db.models import Gym, SimulationTruth
from db.models.churn import ChurnLabel
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.stats.at_risk import HIGH_CHURN
from ds.churn.evaluation import measure
from ds.churn.history import History, finished_day, read_history, to_day_number
from ds.churn.models import Weights
from ds.churn.training import (
    build_both,
    choose,
    choose_windows,
    has_enough,
    table_calibration,
    train_candidates,
)
from ds.evaluation.simulation_truth import (
    Day,
    Truth,
    collect_outcomes,
    look_at,
    make_truth,
    measure_lists,
)
from ds.pipeline import list_gyms
from ds.settings import ScienceSettings

THRESHOLDS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
RULE = "rule alone"


@dataclass(frozen=True)
class Evaluated:
    """One gym's days, with the figures of each way to make the list."""

    gym: str
    first: str
    last: str
    lists: dict[str, dict[str, Any]]
    score: dict[str, Any]
    calibration: list[dict[str, Any]]


def evaluate(
    factory: sessionmaker[GymSession], gym: Gym, *, days: int, now: datetime
) -> Evaluated | None:
    """None for a gym that is not simulated or too young."""
    with session_scope(factory) as session:
        rows = session.execute(
            select(
                SimulationTruth.member_id,
                SimulationTruth.fades_on,
                SimulationTruth.stops_on,
                SimulationTruth.leaves_on,
            ).where(SimulationTruth.gym_id == gym.gym_id)
        )
        known = {row[0]: (row[1], row[2], row[3]) for row in rows}
        if not known:
            return None
        last = finished_day(read_as_of(session, gym, now))
        first = last - timedelta(days=days - 1)
        before = read_history(session, gym, first - timedelta(days=1))
        history = read_history(session, gym, last)
    # Outside the transaction: the database ends one that is idle for a minute.
    weights = train_before(before)
    if weights is None:
        return None
    truth = make_truth(history, known)
    begin = to_day_number(first)
    seen = [look_at(history, begin + number, weights) for number in range(days)]
    return _summarise(gym, history, truth, seen, str(first), str(last))


def train_before(history: History) -> Weights | None:
    """The model that the training job would have made on the history's last day."""
    windows = choose_windows(history.first_day, history.as_of, len(history.member_ids))
    if windows is None:
        return None
    train, test = build_both(history, windows, ChurnLabel.LAPSE)
    if not has_enough(train, test):
        return None
    return choose(train_candidates(train, test, windows), test).weights


def _summarise(
    gym: Gym, history: History, truth: Truth, seen: Sequence[Day], first: str, last: str
) -> Evaluated:
    lists = {RULE: measure_lists(seen, truth, None)}
    for threshold in THRESHOLDS:
        lists[f"rule or {threshold}"] = measure_lists(seen, truth, threshold)
    p, y = collect_outcomes(history, seen)
    return Evaluated(gym.name, first, last, lists, measure(p, y), table_calibration(p, y))


def describe(found: Sequence[Evaluated]) -> str:
    """Markdown tables, a gym each."""
    parts = []
    for one in found:
        score = one.score
        parts.append(
            f"### {one.gym}, {one.first} to {one.last}\n\n"
            "| list | members a day | precision | of those going, listed | noticed before the last"
            " visit | before the membership ended | days of notice, quartiles |\n"
            "| --- | ---: | ---: | ---: | ---: | ---: | ---: |\n"
            + "\n".join(_format_list(name, figures) for name, figures in one.lists.items())
            + f"\n\nOf all active members {100 * one.lists[RULE]['base']:.1f}% were going;"
            f" {one.lists[RULE]['stopped']} stopped in these days. The score itself, on"
            f" {score['n']:,} members and days: AUC {score['auc']:.3f}, Brier {score['brier']:.4f},"
            f" calibration error {score['ece']:.4f}, bias {100 * score['bias']:+.2f} points."
        )
    return "\n\n".join(parts) + "\n"


def _format_list(name: str, figures: dict[str, Any]) -> str:
    quartiles = " / ".join(f"{days:.0f}" for days in figures["lead_quartiles"])
    shares = [figures[part] for part in ("precision", "caught", "noticed", "in_time")]
    cells = " | ".join("" if share is None else f"{100 * share:.0f}%" for share in shares)
    return f"| {name} | {figures['listed_per_day']:.1f} | {cells} | {quartiles} |"


def draw(found: Sequence[Evaluated], path: Path, threshold: float = HIGH_CHURN) -> None:
    """Calibration on the left, days of notice on the right; SVG or PNG by the file's name."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    mpl.rcParams["svg.hashsalt"] = "comeback"
    figure = Figure(figsize=(10, 4.2), layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    for one in found:
        rows = [row for row in one.calibration if row["expected"] > 0]
        left.plot(
            [100 * row["expected"] for row in rows],
            [100 * row["came_true"] for row in rows],
            "o-",
            label=one.gym,
        )
    top = max(100 * row["expected"] for one in found for row in one.calibration)
    left.plot([0, top], [0, top], color="grey", linewidth=0.8)
    left.set(
        xlabel="expected, %", ylabel="stayed away for 30 days, %", title="Calibration by tenth"
    )
    left.legend(fontsize=8)
    names = {RULE: RULE, f"rule or {threshold}": "with the model"}
    leads = [[lead for one in found for lead in one.lists[name]["leads"]] for name in names]
    right.hist(leads, bins=np.arange(-30, 91, 10), label=list(names.values()))
    right.axvline(0, color="grey", linewidth=0.8)
    right.set(
        xlabel="days from the first listing to the last visit",
        ylabel="members who stopped",
        title="Notice given by the list",
    )
    right.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ds.evaluation.truth", description=__doc__)
    parser.add_argument("--gym", metavar="EMAIL", help="only the gym of this owner")
    parser.add_argument("--days", type=int, default=150, help="how many past days (150)")
    parser.add_argument("--json", metavar="FILE", type=Path, help="write all figures")
    parser.add_argument("--picture", metavar="FILE", type=Path, help="draw, as SVG or PNG")
    chosen = parser.parse_args(arguments)
    engine = make_engine(ScienceSettings().ops_database_url, pool_size=1, statement_timeout_ms=0)
    try:
        found = _evaluate_all(make_session_factory(engine), chosen.gym, chosen.days)
    except SQLAlchemyError as error:
        print(f"ds.evaluation.truth: the database could not be read: {error}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    if not found:
        print("ds.evaluation.truth: no simulated gym with enough history", file=sys.stderr)
        return 1
    print(describe(found))
    if chosen.json:
        chosen.json.write_text(json.dumps([vars(one) for one in found], indent=1))
    if chosen.picture:
        draw(found, chosen.picture)
    return 0


def _evaluate_all(
    factory: sessionmaker[GymSession], email: str | None, days: int
) -> list[Evaluated]:
    now = read_now()
    found = []
    for gym in list_gyms(factory, email):
        with threadpool_limits(1):
            one = evaluate(factory, gym, days=days, now=now)
        if one is not None:
            found.append(one)
    return found


if __name__ == "__main__":
    sys.exit(main())
