"""How well would the churn model have done? `python -m ds.evaluation.churn --gym EMAIL`.

On each weekly snapshot a model trained on what was over by then predicts who will be lost, and is
compared with the outcome: docs/churn-evaluation.md.
"""

import argparse
import csv
import json
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker

from core.clock import read_now
from core.risk.churn import HORIZON_DAYS
from db.as_of import read_as_of
from db.gym_lookup import find_gym_of
from db.models import Gym
from db.models.churn import ChurnLabel
from db.session import GymSession, make_engine, make_session_factory, session_scope
from ds.churn.evaluation import reliability
from ds.churn.history import finished_day, read_history, to_date
from ds.evaluation.backtest import (
    CHAMPION,
    PRODUCT,
    RULES,
    SEED,
    STEP_DAYS,
    Backtest,
    TooLittleHistory,
    backtest,
    groups_of,
    summarise,
)
from ds.settings import ScienceSettings

DEFAULT_WEEKS = 18
MAX_MEMBERS = 20_000


class UnknownGym(Exception):
    """No owner has the address."""


def main(arguments: Sequence[str] | None = None) -> int:
    options = _read_arguments(arguments)
    settings = ScienceSettings()
    engine = make_engine(settings.ops_database_url, pool_size=1, statement_timeout_ms=0)
    try:
        gym, test = evaluate(make_session_factory(engine), options)
    except (UnknownGym, TooLittleHistory) as error:
        print(f"ds.evaluation.churn: {error}", file=sys.stderr)
        return 1
    except SQLAlchemyError as error:
        print(f"ds.evaluation.churn: the database could not be read: {error}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    found = {"gym": gym.name, **summarise(test)}
    if options.predictions:
        write_predictions(test, options.predictions)
    print(json.dumps(found, indent=2) if options.json else format_result(found))
    if options.plot:
        _draw(test, gym.name, options.plot)
    return 0


def evaluate(
    factory: sessionmaker[GymSession], options: argparse.Namespace
) -> tuple[Gym, Backtest]:
    with session_scope(factory) as session:
        gym = find_gym_of(session, options.gym)
        if gym is None:
            raise UnknownGym(f"no gym has the owner {options.gym}")
        window = timedelta(days=options.horizon)
        end = finished_day(read_as_of(session, gym, read_now()))
        last = options.last or end - window
        if last + window > end:
            raise TooLittleHistory(
                f"what came of {last} is not known yet: the last day that can be tested is"
                f" {end - window}"
            )
        # Nothing after the last label window is read at all.
        history = read_history(session, gym, last + window, at_most=MAX_MEMBERS)
    first = options.first or last - timedelta(days=STEP_DAYS * (DEFAULT_WEEKS - 1))
    # Outside the transaction: the database ends one that is idle for a minute.
    return gym, backtest(history, first, last, label=options.label, horizon=options.horizon)


def _read_arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ds.evaluation.churn", description=__doc__)
    parser.add_argument("--gym", required=True, metavar="EMAIL", help="the gym's sign-in address")
    parser.add_argument(
        "--from",
        dest="first",
        type=date.fromisoformat,
        metavar="DATE",
        help=f"first snapshot; {DEFAULT_WEEKS} weekly ones up to the last if not given",
    )
    parser.add_argument(
        "--to",
        dest="last",
        type=date.fromisoformat,
        metavar="DATE",
        help="no snapshot after it; the newest whose outcome is known if not given",
    )
    parser.add_argument(
        "--horizon", type=int, default=HORIZON_DAYS, metavar="DAYS", help="label window (30)"
    )
    parser.add_argument(
        "--label",
        type=ChurnLabel,
        choices=list(ChurnLabel),
        default=ChurnLabel.LAPSE,
        help="lapse: no visit in the window. cancel: the membership ends in it",
    )
    parser.add_argument("--json", action="store_true", help="print the numbers as JSON")
    parser.add_argument(
        "--predictions", type=Path, metavar="FILE", help="write every prediction as CSV"
    )
    parser.add_argument(
        "--plot", type=Path, metavar="FILE", help="draw the calibration, as .svg or .png"
    )
    options = parser.parse_args(arguments)
    if not 1 <= options.horizon <= 365:
        parser.error("--horizon must be from 1 to 365 days")
    if options.first and options.last and options.first > options.last:
        parser.error("--from must not be after --to")
    return options


def format_result(found: dict[str, Any]) -> str:
    """The figures as a table for reading."""
    lines = [
        f"{found['gym']}: {found['label']} within {found['horizon_days']} days,"
        f" {found['snapshots']} weekly snapshots from {found['from']} to {found['to']}",
    ]
    for group, methods in found["groups"].items():
        first = next(iter(methods.values()))
        rate = f"{first['events'] / first['n']:.1%}" if first["n"] else "none"
        lines += [
            "",
            f"{group} members: {first['n']} predictions, {first['events']} lost ({rate})",
            f"{'':24}{'AUC':>7}{'95%':>16}{'PR':>7}{'lift':>6}{'Brier':>8}{'ECE':>7}{'bias':>8}"
            f"  {'AUC against four':<25}Brier against four",
        ]
        lines += [_format_method(name, figures) for name, figures in methods.items()]
    lines += ["", format_product(found)]
    if RULES in found["groups"]["all"]:
        lines += [f"{RULES}: the table of chances by days away, used where no model is active."]
    lines += [
        f"{CHAMPION}: the mean of logistic and boosting, trained again for each snapshot.",
        "Intervals: 95%, by bootstrap over members. Against four: gain over logistic regression on"
        " the four features of the original specification, same rows; above zero is better.",
    ]
    return "\n".join(lines)


def format_product(found: dict[str, Any]) -> str:
    """What training would have chosen on the day of each snapshot."""
    chosen = Counter(one["algorithm"] for one in found["product"])
    parts = [f"{name} on {count}" for name, count in chosen.items()]
    silent = found["snapshots"] - chosen.total()
    if silent and PRODUCT in found["groups"]["all"]:
        parts.append(f"{RULES}, or a pooled model that is not followed here, on {silent}")
    elif silent:
        parts.append(f"nobody on {silent}, so it has no row")
    return (
        f"{PRODUCT}: what the training job would have had active on the day: {', '.join(parts)}"
        f" of {found['snapshots']} snapshots."
    )


def _format_method(name: str, figures: dict[str, Any]) -> str:
    def show(key: str, form: str, width: int) -> str:
        value = figures.get(key)
        return f"{'-' if value is None else format(value, form):>{width}}"

    auc = figures.get("intervals", {}).get("auc")
    spread = f"{auc[0]:.3f} to {auc[1]:.3f}" if auc else "-"
    gains = figures.get("against_seed", {})
    return (
        f"{name:24}{show('auc', '.3f', 7)}{spread:>16}{show('pr_auc', '.3f', 7)}"
        f"{show('lift_at_10', '.2f', 6)}{show('brier', '.4f', 8)}{show('ece', '.3f', 7)}"
        f"{show('bias', '+.3f', 8)}  {_format_gain(gains.get('auc'), 3):25}"
        f"{_format_gain(gains.get('brier'), 4)}"
    ).rstrip()


def _format_gain(gain: dict[str, float] | None, digits: int) -> str:
    if gain is None:
        return ""
    value, low, high = (format(gain[key], f"+.{digits}f") for key in ("gain", "low", "high"))
    return f"{value} ({low} to {high})"


def write_predictions(test: Backtest, path: Path) -> None:
    """member_id, snapshot, group, method, p, y: established members stand in both groups."""
    samples = test.samples
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["member_id", "snapshot", "group", "method", "p", "y"])
        for group, which in groups_of(samples).items():
            for row in which.nonzero()[0]:
                about = (int(samples.member_ids[row]), to_date(samples.days[row]), group)
                for method, predictions in test.predictions.items():
                    writer.writerow([*about, method, float(predictions[row]), int(samples.y[row])])


def _draw(test: Backtest, name: str, path: Path) -> None:
    # matplotlib takes a second to load, and only pictures need it.
    from ds.evaluation.churn_plots import draw_calibration

    bins = {
        (group, method): reliability(test.predictions[method][which], test.samples.y[which])
        for group, which in groups_of(test.samples).items()
        for method in (SEED, CHAMPION)
    }
    draw_calibration(bins, name, path)


if __name__ == "__main__":
    sys.exit(main())
