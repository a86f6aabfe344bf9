"""Run the models and print each gym's retention rate: `python ds/ds_model.py [--csv [FOLDER]]`.

From the database the results are stored; from CSV files they are only printed.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

# Started as a file, also from inside ds/, Python knows this folder but not the one above it.
sys.path.append(str(Path(__file__).resolve().parents[1]))

from sqlalchemy.exc import SQLAlchemyError

from core.clock import read_now
from db.logs import configure_json_logs
from db.session import make_engine, make_session_factory
from ds.data import read_csv_datasets
from ds.pipeline import run_once
from ds.report import Report, compute_report
from ds.settings import CSV_FOLDER, ScienceSettings


def describe(report: Report) -> str:
    retention = report.retention
    if retention.percent is None:
        return f"{report.gym_name}: no members yet"
    return (
        f"{report.gym_name}: retention rate {retention.percent:.2f}%"
        f" ({retention.total - retention.churned} of {retention.total} members seen in the 90 days"
        f" up to {report.as_of})"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--csv",
        metavar="FOLDER",
        type=Path,
        nargs="?",
        const=CSV_FOLDER,
        help="read exported tables instead of the database (default: etl/data)",
    )
    chosen = parser.parse_args(arguments)
    settings = ScienceSettings()
    configure_json_logs("WARNING")
    if chosen.csv is not None:
        try:
            datasets = read_csv_datasets(chosen.csv, read_now())
        except FileNotFoundError as error:
            print(f"ds_model: {error.filename} is missing", file=sys.stderr)
            return 1
        for dataset in datasets:
            print(describe(compute_report(dataset)))
        return 0

    engine = make_engine(settings.ops_database_url, pool_size=2, statement_timeout_ms=0)
    try:
        outcomes = run_once(make_session_factory(engine), read_now())
    except SQLAlchemyError as error:
        print(f"ds_model: the database could not be read: {error}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    for outcome in outcomes:
        if outcome.report is not None:
            print(describe(outcome.report))
        else:
            why = outcome.failure or "another run is computing it"
            print(f"{outcome.gym.name}: not computed: {why}", file=sys.stderr)
    return 1 if any(outcome.failure for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
