"""The churn models of a gym, and going back to an earlier one: `python -m ds.registry`."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import sessionmaker

from core.clock import read_now
from db.models import ChurnModel, Gym
from db.queue.catalogue import SCORES
from db.queue.jobs import add_job
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.types import GymId
from ds.churn.registry import UnknownVersion, list_versions, promote
from ds.churn.training import CODE_VERSION
from ds.pipeline import list_gyms
from ds.settings import ScienceSettings

_LINE = "{:>8}  {:<7} {:<7} {:<18} {:<6} {:<11} {:>7} {:>7}  {}"
SCORES_DEADLINE = timedelta(hours=6)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m ds.registry", description=__doc__)
    parser.add_argument("--gym", metavar="EMAIL", required=True, help="the gym of this owner")
    choice = parser.add_mutually_exclusive_group()
    choice.add_argument("--list", action="store_true", help="all versions, newest first (default)")
    choice.add_argument("--card", metavar="MODEL_ID", type=int, help="print a version's card")
    choice.add_argument("--promote", metavar="MODEL_ID", type=int, help="make this version active")
    chosen = parser.parse_args(arguments)

    engine = make_engine(ScienceSettings().ops_database_url, pool_size=2)
    try:
        factory = make_session_factory(engine)
        gyms = list_gyms(factory, chosen.gym)
        if not gyms:
            return _fail(f"no gym has the owner {chosen.gym}")
        if chosen.promote is not None:
            return _promote(factory, gyms[0], chosen.promote)
        with session_scope(factory) as session:
            versions = list_versions(session, gyms[0].gym_id)
        if chosen.card is not None:
            return _show_card(versions, chosen.card)
        _list(gyms[0], versions)
        return 0
    except SQLAlchemyError as error:
        return _fail(f"the database could not be used: {error}")
    finally:
        engine.dispose()


def _promote(factory: sessionmaker[GymSession], gym: Gym, model_id: int) -> int:
    now = read_now()
    try:
        with session_scope(factory, GymId(gym.gym_id)) as session:
            model = promote(session, gym.gym_id, model_id, now=now)
            if model.code_version != CODE_VERSION:
                raise UnknownVersion(
                    f"version {model_id} was made by code {model.code_version}; its features are"
                    f" no longer computed, those of code {CODE_VERSION} are"
                )
            key = f"promoted {model_id} at {now.isoformat()}"
            add_job(session, gym.gym_id, SCORES, key, deadline_at=now + SCORES_DEADLINE)
    except UnknownVersion as unknown:
        return _fail(f"{unknown}. Nothing was changed.")
    print(f"{gym.name}: version {model_id} ({model.label}, {model.algorithm}) is active now.")
    print("New scores are asked for; a running ds worker computes them, or python -m ds.pipeline.")
    return 0


def _show_card(versions: Sequence[ChurnModel], model_id: int) -> int:
    for model in versions:
        if model.model_id == model_id:
            print(model.card)
            return 0
    return _fail(f"this gym has no version {model_id}")


def _list(gym: Gym, versions: Sequence[ChurnModel]) -> None:
    if not versions:
        print(f"{gym.name} has no churn model: the rules are used.")
        return
    print(f"{gym.name}: {len(versions)} versions, * is active")
    head = ("version", "label", "scope", "algorithm", "code", "as of", "AUC", "Brier", "decision")
    print(_LINE.format(*head))
    for model in versions:
        figures = model.metrics.get("all") or {}
        print(
            _LINE.format(
                ("* " if model.is_current else "") + str(model.model_id),
                model.label,
                model.scope,
                model.algorithm,
                model.code_version,
                model.as_of.isoformat(),
                _round(figures.get("auc"), 3),
                _round(figures.get("brier"), 4),
                model.decision,
            )
        )


def _round(value: float | None, digits: int) -> str:
    return "" if value is None else f"{value:.{digits}f}"


def _fail(words: str) -> int:
    print(f"ds.registry: {words}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
