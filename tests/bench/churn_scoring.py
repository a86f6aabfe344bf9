"""Train a churn model and score every member: time and peak memory, beside pandas and scikit-learn.

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
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import make_url, text

from db.models import Job
from db.models.churn import ChurnLabel
from db.models.job import JobState
from db.queue.catalogue import CHURN_TRAINING, DS, SCORES, JobKind, load_handlers
from db.queue.jobs import add_job, process_job
from db.session import make_engine, make_session_factory, session_scope
from ds.churn import scoring_job, training_job
from ds.churn.registry import find_current, list_versions, promote
from tests.bench.big_gym import NOW, fill
from tests.bench.churn_peers import (
    FEW,
    FEWER,
    GYM,
    READY,
    Timing,
    measure_hands,
    score_peer,
    train_peer,
)
from tests.bench.segments import open_server
from tests.bench.tables import describe_machine, write_section
from tests.fixtures.postgres import ROOT, MigratedDatabase, Server


def _do(database: MigratedDatabase, kind: JobKind, *, days: int = 0) -> Timing:
    """Do a job as the worker does, part after part."""
    engine = make_engine(database.ops_url, pool_size=4, statement_timeout_ms=0)
    factory = make_session_factory(engine)
    now = NOW + timedelta(days=days)
    with session_scope(factory, GYM) as session:
        job_id = add_job(session, GYM, kind, f"bench {time.time()}", due_at=NOW)
    assert job_id is not None
    state: str = JobState.PENDING
    began = time.perf_counter()
    while state == JobState.PENDING:
        process_job(factory, load_handlers(DS), GYM, job_id, now=now)
        with session_scope(factory, GYM) as session:
            job = session.get_one(Job, job_id)
            state = job.state
            assert job.error is None, job.error
    seconds = time.perf_counter() - began
    assert state == JobState.DONE
    found = {
        "seconds": seconds,
        "rows": float((job.result or {}).get("churn", {}).get("scored", 0)),
    }
    with session_scope(factory, GYM) as session:
        for label in ChurnLabel:
            [*_, version] = (one for one in list_versions(session, GYM) if one.label == label)
            found[f"rows {label}"] = float(version.rows)
            # Members of this gym are machines: the gates may rightly refuse what learned from them.
            if find_current(session, GYM, label) is None:
                promote(session, GYM, version.model_id, now=NOW)
    engine.dispose()
    return found


def train(database: MigratedDatabase) -> Timing:
    """Three models of each label, measured, compared and stored."""
    return _do(database, CHURN_TRAINING)


def score_first(database: MigratedDatabase) -> Timing:
    """Every member is new to the scores."""
    return _do(database, SCORES)


def score_nightly(database: MigratedDatabase) -> Timing:
    """The night after: a new row of history each, and every shown score changes."""
    return _do(database, SCORES, days=1)


WAYS: dict[str, Callable[[MigratedDatabase], Timing]] = {
    "train": train,
    "first": score_first,
    "nightly": score_nightly,
    "train_peer": train_peer,
    "score_peer": score_peer,
    "hands": measure_hands,
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
        "training: three models for each of two labels, measured and stored": (
            "train",
            "train_peer",
        ),
        "scores of two labels, first night": ("first", "score_peer"),
        "scores of two labels, each night after": ("nightly", "score_peer"),
    }
    lines = []
    for name, (way, peer) in jobs.items():
        ours, theirs = results[way], results[peer]
        lines.append(
            f"| {name} | {ours['seconds']:.1f} s | {theirs['seconds']:.1f} s"
            f" | {ours['seconds'] / theirs['seconds']:.2f} | {ours['peak_mb']:,.0f} MB"
            f" | {theirs['peak_mb']:,.0f} MB | {ours['peak_mb'] / theirs['peak_mb']:.2f} |"
        )
    hands = {name: value for name, value in results["hands"].items() if name != "peak_mb"}
    slowest = min(hands.values())
    rates = [
        f"| {name} | {speed:,.0f} | {speed / slowest:,.1f} |"
        for name, speed in sorted(hands.items(), key=lambda item: item[1])
    ]
    return f"""## Churn models and scores, {made["customers"]:,.0f} members

{made["attendance"]:,.0f} visits; {results["nightly"]["rows"]:,.0f} members may be judged. Training
reads at most {training_job.MAX_MEMBERS:,} members of a gym. Scores go from `member_stats` to rows
of `churn_scores` with reasons, and into `member_stats`, {scoring_job.BATCH:,} members at a time.

The peer is pandas and scikit-learn as they come, with our features. Its training reads the same
members by `read_sql`, fits a logistic regression and a gradient boosting for each label on the same
samples and measures them on the same window: two models where ours are three, nothing compared,
explained or stored. Its scores go by `read_sql`, `predict_proba` and `to_sql`, as many members at a
time as ours: one label where ours are two, without reasons, into a table without keys.

| job | ours | peer | ours / peer | peak memory | the peer's | ours / peer |
| --- | ---: | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(lines)}

The same model, or a logistic regression of scikit-learn, in other hands, the features ready and
nothing stored. Measured on {READY:,} members at most; member by member on {FEW:,} in plain Python
and {FEWER:,} on pandas.

| way | members a second | times the slowest |
| --- | ---: | ---: |
{chr(10).join(rates)}

One run, each job in its own process, {describe_machine()}, load {os.getloadavg()[1]:.1f} at the
end. Made by `python -m tests.bench.churn_scoring`.
"""


def run(database: MigratedDatabase, members: int, visits: int) -> str:
    urls = database.superuser_url, database.ops_url
    made = fill(*urls, members=members, visits=visits, has_memberships=True)
    print(f"churn_scoring: filled {made}", file=sys.stderr)
    results: dict[str, Timing] = {}
    for way in WAYS:
        results[way] = measure_apart(way, database)
        print(f"churn_scoring: {way} {results[way]}", file=sys.stderr)
    return describe(made, results)


def check_history(database: MigratedDatabase) -> int:
    """Rows of history of lapse: two nights must have stored two of each member judged twice."""
    engine = make_engine(database.superuser_url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("select count(*) from churn_scores where label = 'lapse'")
        ).scalar_one()
    engine.dispose()
    return int(rows)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.churn_scoring")
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--visits", type=int, default=3_000_000)
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
            text_of = run(database, chosen.members, chosen.visits)
        finally:
            server.drop(name)
    print(text_of)
    if not chosen.dry:
        write_section(f"churn-scoring-{chosen.members}", text_of)


if __name__ == "__main__":
    main()
