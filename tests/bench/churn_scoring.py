"""Train a churn model and score every member: time and peak memory, beside other ways to score.

python -m tests.bench.churn_scoring --members 100000 --visits 3000000
"""

import argparse
import json
import os
import resource
import secrets
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sqlalchemy import make_url, select, text

from db.jobs import Handler, add_job, do_job
from db.models import Gym, Job
from db.models.churn import ChurnLabel
from db.models.job import JobName, JobState
from db.session import make_engine, make_session_factory, session_scope
from db.tenancy import GymId
from ds.churn import scoring_job, training_job
from ds.churn.computing import FEATURE_NAMES
from ds.churn.features import STATS_DATES, STATS_ROWS, features_from_stats, select_scored
from ds.churn.models import predict
from ds.churn.registry import find_current, list_versions, promote
from ds.churn_scorer import score_member
from ds.copying import read_frame
from tests.bench.big_gym import NOW, fill
from tests.bench.segments import open_server
from tests.bench.tables import describe_machine, write_section
from tests.fixtures.postgres import ROOT, MigratedDatabase, Server

Timing = dict[str, float]
GYM = GymId(1)
FEW = 10_000
HANDLERS: dict[JobName, Handler] = {
    JobName.CHURN_TRAINING: training_job.train,
    JobName.SCORES: scoring_job.score,
}


def _do(database: MigratedDatabase, name: JobName, *, days: int = 0) -> Timing:
    """Do a job as the worker does, part after part."""
    engine = make_engine(database.ops_url, pool_size=4, statement_timeout_ms=0)
    factory = make_session_factory(engine)
    now = NOW + timedelta(days=days)
    with session_scope(factory, GYM) as session:
        job_id = add_job(session, GYM, name, f"bench {time.time()}", due_at=NOW)
    assert job_id is not None
    state: str = JobState.PENDING
    began = time.perf_counter()
    while state == JobState.PENDING:
        do_job(factory, HANDLERS, GYM, job_id, now=now)
        with session_scope(factory, GYM) as session:
            job = session.get_one(Job, job_id)
            state = job.state
            assert job.error is None, job.error
    seconds = time.perf_counter() - began
    assert state == JobState.DONE
    with session_scope(factory, GYM) as session:
        if find_current(session, GYM, ChurnLabel.LAPSE) is None:
            # Members of this gym are machines: the gates may rightly refuse what learned from them.
            versions = [one for one in list_versions(session, GYM) if one.label == "lapse"]
            promote(session, GYM, versions[-1].model_id, now=NOW)
    engine.dispose()
    return {"seconds": seconds, "rows": float((job.result or {}).get("scored", 0))}


def train(database: MigratedDatabase) -> Timing:
    """Three models of each label, measured, compared and stored."""
    return _do(database, JobName.CHURN_TRAINING)


def score_first(database: MigratedDatabase) -> Timing:
    """Every member is new to the scores."""
    return _do(database, JobName.SCORES)


def score_nightly(database: MigratedDatabase) -> Timing:
    """The night after: a new row of history each, and every shown score changes."""
    return _do(database, JobName.SCORES, days=1)


def measure_peers(database: MigratedDatabase) -> Timing:
    """The same model in other hands, on the same members and their ready features."""
    engine = make_engine(database.ops_url, pool_size=2, statement_timeout_ms=0)
    factory = make_session_factory(engine)
    with session_scope(factory, GYM) as session:
        [gym] = session.scalars(select(Gym))
        model = find_current(session, gym.gym_id, ChurnLabel.LAPSE)
        assert model is not None
        weights = model.weights
        day = (NOW - timedelta(days=1)).date()
        frame = read_frame(
            session, STATS_ROWS, {"gym_id": gym.gym_id, "day": day}, dates=STATS_DATES
        )
    engine.dispose()
    X = features_from_stats(frame, day)[select_scored(frame)]
    found: Timing = {"rows": float(len(X))}
    found["ours, ready matrix"] = _time(lambda: predict(weights, X))
    names = list(dict.fromkeys(feature["name"] for feature in weights["features"]))
    used = np.nan_to_num(X[:, [FEATURE_NAMES.index(name) for name in names]])
    y = (predict(weights, X)[0] > np.random.default_rng(1).random(len(X))).astype(int)
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    table = pd.DataFrame(used, columns=names)
    pipeline.fit(table, y)
    found["scikit-learn, ready matrix"] = _time(lambda: pipeline.predict_proba(table))
    few = min(FEW, len(X))
    rows = [dict(zip(FEATURE_NAMES, row, strict=True)) for row in X[:few].tolist()]
    found["plain Python, member by member"] = _time(
        lambda: [score_member(weights, row) for row in rows]
    )
    found["few"] = float(few)
    found["scikit-learn on pandas, member by member"] = _time(
        lambda: [pipeline.predict_proba(table.iloc[[place]]) for place in range(few // 10)]
    ) * (few / (few // 10))
    return found


def _time(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


WAYS: dict[str, Callable[[MigratedDatabase], Timing]] = {
    "train": train,
    "first": score_first,
    "nightly": score_nightly,
    "peers": measure_peers,
}


def measure_apart(name: str, database: MigratedDatabase) -> Timing:
    """In a process of its own, so that its peak memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.churn_scoring", "--way", name, "--name", database.name],
        env={**os.environ, **database.environment, "BENCH_URL": database.superuser_url},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    timing: Timing = json.loads(done.stdout.splitlines()[-1])
    return timing


def describe(made: dict[str, float], results: dict[str, Timing]) -> str:
    jobs = {
        "training: three models, two labels, measured and stored": results["train"],
        "scores, first night": results["first"],
        "scores, each night after": results["nightly"],
    }
    lines = [
        f"| {name} | {timing['seconds']:.1f} s | {timing['peak_mb']:,.0f} MB |"
        for name, timing in jobs.items()
    ]
    return f"""## Churn models and scores, {made["customers"]:,.0f} members

{made["attendance"]:,.0f} visits; {results["nightly"]["rows"]:,.0f} members may be judged. Training
reads at most {training_job.MOST_MEMBERS:,} members of a gym. Scores go from `member_stats` to rows
of `churn_scores` with reasons, and into `member_stats`, {scoring_job.BATCH:,} members at a time.

| job | time | peak memory of the worker |
| --- | ---: | ---: |
{chr(10).join(lines)}
{describe_peers(results) if "peers" in results else ""}
One run, each job in its own process, {describe_machine()}, shared with other work: load
{os.getloadavg()[1]:.1f} at the end. Made by `python -m tests.bench.churn_scoring`.
"""


def describe_peers(results: dict[str, Timing]) -> str:
    peers, member = results["peers"], "member by member"
    few = peers["few"]
    speeds = {
        name: (few if member in name else peers["rows"]) / seconds
        for name, seconds in peers.items()
        if name not in ("rows", "few", "peak_mb")
    }
    speeds["ours, from the database to stored scores, each night"] = (
        results["nightly"]["rows"] / results["nightly"]["seconds"]
    )
    slowest = min(speeds.values())
    rates = [
        f"| {name} | {speed:,.0f} | {speed / slowest:,.1f} |"
        for name, speed in sorted(speeds.items(), key=lambda item: item[1])
    ]
    return f"""
The same model, or a logistic regression of scikit-learn, in other hands. "Ready matrix" has the
features computed already and stores nothing; "member by member" was measured on {few:,.0f} members.

| way | members a second | times the slowest |
| --- | ---: | ---: |
{chr(10).join(rates)}
"""


def run(database: MigratedDatabase, members: int, visits: int, ways: Iterable[str]) -> str:
    made = fill(database.superuser_url, database.ops_url, members=members, visits=visits)
    print(f"churn_scoring: filled {made}", file=sys.stderr)
    results: dict[str, Timing] = {}
    for way in ways:
        results[way] = measure_apart(way, database)
        print(f"churn_scoring: {way} {results[way]}", file=sys.stderr)
    return describe(made, results)


def check_history(database: MigratedDatabase) -> int:
    """Rows of history; two nights must have stored two for each member who was judged twice."""
    engine = make_engine(database.superuser_url)
    with engine.connect() as connection:
        rows = connection.execute(text("select count(*) from churn_scores")).scalar_one()
    engine.dispose()
    return int(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.churn_scoring")
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--visits", type=int, default=3_000_000)
    parser.add_argument("--without-peers", action="store_true", help="only the jobs")
    parser.add_argument("--dry", action="store_true", help="print the table, write no page")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.way:
        server = Server(make_url(os.environ["BENCH_URL"]))
        timing = WAYS[chosen.way](server.database(chosen.name))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({**timing, "peak_mb": peak}))
        return
    with open_server() as server:
        name = f"comeback_bench_{secrets.token_hex(4)}"
        try:
            database = server.copy(server.migrated_template(), name)
            ways = [way for way in WAYS if way != "peers" or not chosen.without_peers]
            text_of = run(database, chosen.members, chosen.visits, ways)
        finally:
            server.drop(name)
    print(text_of)
    if not chosen.dry:
        write_section(f"churn-scoring-{chosen.members}", text_of)


if __name__ == "__main__":
    main()
