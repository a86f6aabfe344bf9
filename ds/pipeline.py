"""Compute and store the science of every gym, now: `python -m ds.pipeline`, see its --help.

Exits 0, or 1 when any gym failed. The worker of the queue `ds` does the same gym by gym.
"""

import argparse
import logging
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker

from core.clock import read_now
from db.as_of import read_as_of
from db.gym_lookup import find_gym_of
from db.logs import configure_json_logs, format_error
from db.models import Gym
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.settings import read_or_exit
from ds.churn.run_now import score_now
from ds.data import read_dataset
from ds.report import Report, compute_report
from ds.settings import ScienceSettings
from ds.store_results import Run, open_run, record_failure, save_report

log = logging.getLogger("ds.pipeline")


@dataclass(frozen=True)
class Outcome:
    """How a gym's run ended: with a report, with an error as text, or with neither when another
    process is running it already."""

    gym: Gym
    report: Report | None = None
    failure: str | None = None


def run_gym(factory: sessionmaker[GymSession], gym: Gym, now: datetime) -> Outcome:
    """Compute and store one gym. A failure is logged, recorded and returned, not raised."""
    run: Run | None = None
    try:
        with session_scope(factory) as session:
            as_of = read_as_of(session, gym, now)
        with open_run(factory, gym, as_of) as run:
            if run is None:
                return Outcome(gym)
            with session_scope(factory) as session:
                dataset = read_dataset(session, gym, as_of)
            report = compute_report(dataset)
            save_report(factory, run, report)
    except Exception as error:
        about = {"gym_id": gym.gym_id}
        log.exception("the run failed, the last good results stay", extra=about)
        if run is not None:
            _record(factory, run, error)
        return Outcome(gym, failure=format_error(error))
    log.info(
        "%s members scored as of %s (%s)",
        len(report.scores),
        report.as_of,
        report.method,
        extra={"gym_id": gym.gym_id},
    )
    return Outcome(gym, report)


def _record(factory: sessionmaker[GymSession], run: Run, error: Exception) -> None:
    try:
        record_failure(factory, run, error)
    except Exception:
        # The gym's next run marks this one; the failure that brought us here is the one to report.
        log.exception("the failure could not be recorded", extra={"gym_id": run.gym_id})


def list_gyms(factory: sessionmaker[GymSession], email: str | None = None) -> list[Gym]:
    """All gyms, or the one whose owner signs in with `email`."""
    with session_scope(factory) as session:
        if email is None:
            return list(session.scalars(select(Gym).order_by(Gym.gym_id)))
        gym = find_gym_of(session, email)
        return [] if gym is None else [gym]


def run_once(
    factory: sessionmaker[GymSession], now: datetime, *, email: str | None = None
) -> list[Outcome]:
    """Compute and store all gyms, or one. One gym's failure does not stop the others."""
    return [run_gym(factory, gym, now) for gym in list_gyms(factory, email)]


def _add_churn(factory: sessionmaker[GymSession], outcome: Outcome, now: datetime) -> Outcome:
    """The same gym with its churn scores; a gym whose run failed is left as it is."""
    if outcome.failure is not None:
        return outcome
    return replace(outcome, failure=score_now(factory, outcome.gym, now))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ds.pipeline", description=__doc__)
    parser.add_argument("--gym", metavar="EMAIL", help="only the gym of this owner")
    parser.add_argument("--plots", metavar="DIR", type=Path, help="write a picture per gym")
    chosen = parser.parse_args(arguments)

    settings = read_or_exit(ScienceSettings, "ds.pipeline")
    configure_json_logs(settings.log_level)
    engine = make_engine(settings.ops_database_url, pool_size=3, statement_timeout_ms=0)
    factory = make_session_factory(engine)
    try:
        now = read_now()
        outcomes = [
            _add_churn(factory, one, now) for one in run_once(factory, now, email=chosen.gym)
        ]
    except SQLAlchemyError as error:
        print(f"ds.pipeline: the database could not be read: {error}", file=sys.stderr)
        return 1
    finally:
        engine.dispose()
    if chosen.gym and not outcomes:
        print(f"ds.pipeline: no gym has the owner {chosen.gym}", file=sys.stderr)
        return 1
    if chosen.plots:
        _draw(outcomes, chosen.plots)
    failed = [outcome for outcome in outcomes if outcome.failure is not None]
    for outcome in failed:
        print(f"ds.pipeline: {outcome.gym.name}: {outcome.failure}", file=sys.stderr)
    return 1 if failed else 0


def _draw(outcomes: list[Outcome], folder: Path) -> None:
    # matplotlib takes a second to load, and only pictures need it.
    from ds.plots import save_plots

    for outcome in outcomes:
        if outcome.report is not None:
            save_plots(outcome.report, folder)


if __name__ == "__main__":
    sys.exit(main())
