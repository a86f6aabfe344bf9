"""What the bench of training and scoring is compared with: pandas and scikit-learn as they come.

The features are ours in both: what is compared is all that is around them.
"""

import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sqlalchemy import Connection
from sqlalchemy.orm import Session
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from core.risk.churn import score_member
from db.as_of import read_as_of
from db.models import Gym
from db.models.churn import ChurnLabel
from db.session import make_engine, make_session_factory, session_scope
from db.types import GymId
from ds.churn.feature_matrix import FEATURE_NAMES
from ds.churn.features import STATS_ROWS, features_from_stats, select_scored
from ds.churn.history import Floats, finished_day, make_history
from ds.churn.models import Weights, predict
from ds.churn.registry import find_current
from ds.churn.scoring_job import BATCH
from ds.churn.training import build_both, choose_windows
from ds.churn.training_job import MAX_MEMBERS
from tests.bench.big_gym import NOW
from tests.fixtures.postgres import MigratedDatabase

Timing = dict[str, float]
GYM = GymId(1)
DAY = (NOW - timedelta(days=1)).date()
READY = 100_000
FEW = 10_000
FEWER = 200

# The members whom the training job draws of a large gym.
_CHOSEN = """
select customer_id as member_id, join_date as joined_on from customers
where gym_id = %(gym_id)s order by hashint8(customer_id), customer_id limit %(at_most)s
"""
_VISITS = f"""
select customer_id as member_id, check_in, check_out
from attendance a join ({_CHOSEN}) chosen on chosen.member_id = a.customer_id
where a.gym_id = %(gym_id)s
"""
_CONTRACTS = f"""
select customer_id as member_id, starts_on, ends_on, yearly_price, starts_on as known_on,
       cancelled_on, duration_months as plan_months, package_id as plan
from memberships m join packages using (gym_id, package_id)
join ({_CHOSEN}) chosen on chosen.member_id = m.customer_id
where m.gym_id = %(gym_id)s
order by customer_id, starts_on
"""
_BATCH = STATS_ROWS + " and s.customer_id > %(after)s order by s.customer_id limit %(size)s"


def train_peer(database: MigratedDatabase) -> Timing:
    """The same members' rows by `read_sql`, the same samples, scikit-learn's logistic regression
    and gradient boosting as they come, measured on the same window. Nothing is stored."""
    engine = make_engine(database.superuser_url, statement_timeout_ms=0)
    with Session(engine) as session:
        gym = session.get_one(Gym, GYM)
        day = finished_day(read_as_of(session, gym, NOW))
    began = time.perf_counter()
    asked = {"gym_id": GYM, "at_most": MAX_MEMBERS}
    with engine.connect() as connection:
        members, visits, contracts = (
            pd.read_sql(query, connection, params=asked) for query in (_CHOSEN, _VISITS, _CONTRACTS)
        )
    inside = visits["check_out"] - visits["check_in"]
    local = visits["check_in"].dt.tz_convert(gym.timezone)
    visits["day"] = local.dt.normalize().dt.tz_localize(None)
    visits["timed"] = inside.notna().astype(int)
    visits["seconds"] = inside.dt.total_seconds().fillna(0)
    history = make_history(as_of=day, visits=visits, members=members, contracts=contracts)
    windows = choose_windows(history.first_day, day, len(members))
    assert windows is not None
    found: Timing = {}
    with threadpool_limits(1):  # As ours: several threads only help on an idle machine.
        for label in ChurnLabel:
            train, test = build_both(history, windows, label)
            found[f"rows {label}"] = float(len(train))
            for name, model in (
                ("logistic", _logistic()),
                ("boosting", HistGradientBoostingClassifier()),
            ):
                said = model.fit(_name(train.X), train.y).predict_proba(_name(test.X))[:, 1]
                found[f"brier {label} {name}"] = float(brier_score_loss(test.y, said))
    found["seconds"] = time.perf_counter() - began
    engine.dispose()
    return found


def score_peer(database: MigratedDatabase) -> Timing:
    """Every member by `read_sql`, scikit-learn and `to_sql`, as many at a time as ours takes.

    One label, no reasons, a table without keys, and nothing is changed in it or elsewhere.
    """
    weights = _read_weights(database)
    engine = make_engine(database.superuser_url, statement_timeout_ms=0)
    with engine.begin() as connection:
        _, X = _read_batch(connection, 0)
        pipeline = _fit(weights, X)
        began = time.perf_counter()
        after, rows = 0, 0
        while True:
            frame, X = _read_batch(connection, after)
            scores = pd.DataFrame({"customer_id": frame["member_id"][select_scored(frame)]})
            scores["probability"] = pipeline.predict_proba(_name(X))[:, 1]
            scores.to_sql("bench_scores", connection, if_exists="append", index=False)
            rows += len(scores)
            if len(frame) < BATCH:
                break
            after = int(frame["member_id"].iloc[-1])
    seconds = time.perf_counter() - began
    engine.dispose()
    return {"seconds": seconds, "rows": float(rows)}


def measure_hands(database: MigratedDatabase) -> Timing:
    """Members a second of the same model in other hands, on ready features of READY members at
    most, FEW and FEWER of them where a way goes member by member."""
    weights = _read_weights(database)
    engine = make_engine(database.superuser_url, statement_timeout_ms=0)
    batches, rows, after = [], 0, 0
    with engine.connect() as connection:
        while rows < READY:
            frame, X = _read_batch(connection, after)
            batches.append(X)
            rows += len(X)
            if len(frame) < BATCH:
                break
            after = int(frame["member_id"].iloc[-1])
    engine.dispose()
    X = np.concatenate(batches)[:READY]
    pipeline, ready = _fit(weights, X), _name(X)
    few = [dict(zip(FEATURE_NAMES, row, strict=True)) for row in X[:FEW].tolist()]
    fewer = [ready.iloc[[place]] for place in range(min(FEWER, len(X)))]
    ways: dict[str, tuple[int, Callable[[], Any]]] = {
        "ours, ready matrix": (len(X), lambda: predict(weights, X)),
        "scikit-learn, ready matrix": (len(X), lambda: pipeline.predict_proba(ready)),
        "plain Python, member by member": (
            len(few),
            lambda: [score_member(weights, row) for row in few],
        ),
        "scikit-learn on pandas, member by member": (
            len(fewer),
            lambda: [pipeline.predict_proba(row) for row in fewer],
        ),
    }
    return {name: members / _time(work) for name, (members, work) in ways.items()}


def _read_weights(database: MigratedDatabase) -> Weights:
    engine = make_engine(database.ops_url)
    with session_scope(make_session_factory(engine), GYM) as session:
        model = find_current(session, GYM, ChurnLabel.LAPSE)
        assert model is not None
        weights: Weights = model.weights
    engine.dispose()
    return weights


def _read_batch(connection: Connection, after: int) -> tuple[pd.DataFrame, Floats]:
    """The next members, and the features of those who may be judged."""
    asked: dict[str, int | date] = {
        "gym_id": GYM,
        "day": DAY,
        "after": after,
        "size": BATCH,
    }
    frame = pd.read_sql(_BATCH, connection, params=asked)
    return frame, features_from_stats(frame, DAY)[select_scored(frame)]


def _name(X: Floats) -> pd.DataFrame:
    return pd.DataFrame(np.nan_to_num(X), columns=FEATURE_NAMES)


def _fit(weights: Weights, X: Floats) -> Pipeline:
    """Scikit-learn's model of the same size: what it learned from does not change its speed."""
    y = predict(weights, X)[0] > np.random.default_rng(1).random(len(X))
    return _logistic().fit(_name(X), y)


def _logistic() -> Pipeline:
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def _time(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
