"""Pooled models: for a gym that is too small or too young to learn from alone.

One logistic regression over all gyms that have data, each with a level of its own, then brought to
the level of the gym that uses it. Prices are left out: currencies differ.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from db.as_of import read_as_of
from db.models import Gym
from db.models.churn import Algorithm, ChurnLabel, ChurnModel, ModelScope
from db.session import GymSession, session_scope
from ds.churn.features import Samples, concatenate
from ds.churn.history import finished_day, read_history
from ds.churn.models import Weights, fit_pooled
from ds.churn.training import (
    CODE_VERSION,
    Windows,
    build_both,
    choose_windows,
    count_members,
    has_enough,
    hash_samples,
    measure_candidate,
)

REUSED_FOR = timedelta(days=28)
MAX_MEMBERS = 3_000
"""Of one gym: a large one must not drown the others."""
MAX_ROWS = 20_000


@dataclass(frozen=True)
class Pool:
    """A pooled model before it is brought to a gym's level, and what it was made of."""

    weights: Weights
    train_from: date
    train_to: date
    data_sha256: str
    rows: int
    events: int
    about: dict[str, Any]
    """`gyms, members, simulated` (whether demo gyms are in it), and its figures on the newest
    window of all of them."""


def find_pool(session: Session, gym: Gym, now: datetime) -> Pool | None:
    """The newest pooled model of any gym, if it is young enough and made for such a gym."""
    row = session.scalar(
        select(ChurnModel)
        .join(Gym, Gym.gym_id == ChurnModel.gym_id)
        .where(
            ChurnModel.scope == ModelScope.POOLED,
            ChurnModel.label == ChurnLabel.LAPSE,
            ChurnModel.code_version == CODE_VERSION,
            ChurnModel.created_at > now - REUSED_FOR,
            Gym.is_demo == gym.is_demo,
        )
        .order_by(ChurnModel.created_at.desc(), ChurnModel.model_id.desc())
        .limit(1)
    )
    if row is None:
        return None
    calibration = row.weights["calibration"] | {"intercept": row.weights["pool_intercept"]}
    return Pool(
        row.weights | {"calibration": calibration},
        row.train_from,
        row.train_to,
        row.data_sha256,
        row.rows,
        row.events,
        row.metrics["pool"],
    )


def train_pool(factory: sessionmaker[GymSession], gym: Gym, now: datetime) -> Pool | None:
    """Learn from all gyms with data. None where even together they have too little.

    Demo gyms are used for a demo gym, and for a real one only while there is nothing else.
    """
    with session_scope(factory) as session:
        gyms = list(session.scalars(select(Gym).order_by(Gym.gym_id)))
    wanted = [one for one in gyms if one.is_demo == gym.is_demo]
    pool = _learn(factory, wanted, now)
    return pool or (None if gym.is_demo else _learn(factory, gyms, now))


def _learn(factory: sessionmaker[GymSession], gyms: list[Gym], now: datetime) -> Pool | None:
    used, trains, tests, windows = [], [], [], []
    for gym, train, test, window in _read_all(factory, gyms, now):
        used.append(gym)
        trains.append(train)
        tests.append(test)
        windows.append(window)
    if not used:
        return None
    train, test = concatenate(trains), concatenate(tests)
    if not has_enough(train, test):
        return None
    weights = fit_pooled([_without_prices(one) for one in trains])
    measured = measure_candidate(
        Algorithm.LOGISTIC, weights, float(train.y.mean()), _without_prices(test), _span(windows)
    )
    about = {
        "gyms": len(used),
        "members": count_members(train)[0],
        "simulated": any(gym.is_demo for gym in used),
        "gates": [vars(gate) for gate in measured.gates],
        **measured.metrics,
    }
    return Pool(
        weights,
        min(one.train[0] for one in windows),
        max(one.train[-1] for one in windows),
        hash_samples(train),
        len(train),
        int(train.y.sum()),
        about,
    )


def _read_all(
    factory: sessionmaker[GymSession], gyms: list[Gym], now: datetime
) -> Iterator[tuple[Gym, Samples, Samples, Windows]]:
    for gym in gyms:
        with session_scope(factory) as session:
            day = finished_day(read_as_of(session, gym, now))
            history = read_history(session, gym, day, at_most=MAX_MEMBERS)
        members = len(history.member_ids)
        windows = choose_windows(history.first_day, day, members, max_rows=MAX_ROWS)
        if windows is None:
            continue
        train, test = build_both(history, windows, ChurnLabel.LAPSE)
        if len(train):
            yield gym, train, test, windows


def _span(windows: list[Windows]) -> Windows:
    newest = sorted({day for one in windows for day in one.newest})
    return Windows(windows[0].train, newest)


def _without_prices(samples: Samples) -> Samples:
    X = samples.X.copy()
    X[:, samples.feature_names.index("price")] = np.nan
    return replace(samples, X=X)


def fits(pool: Mapping[str, Any], gym: Gym) -> bool:
    """Whether the pooled model may be used for this gym without proof on its own members."""
    return gym.is_demo or not pool["simulated"]
