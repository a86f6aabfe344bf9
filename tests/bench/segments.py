"""Segments and values of one big gym, from PostgreSQL to stored rows, three ways.

`python -m tests.bench.segments` fills a database of its own, measures each way in a process of its
own and writes the table into docs/benchmarks.md. The server is TEST_SUPERUSER_DATABASE_URL's, else
a private one.
"""

import argparse
import json
import os
import resource
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
from sklearn.cluster import KMeans
from sklearn.preprocessing import StandardScaler
from sqlalchemy import Engine, create_engine, make_url, text

from db.as_of import read_as_of
from db.models import Gym
from db.session import make_engine, make_session_factory, session_scope
from db.settings import name_driver
from ds.data import read_dataset
from ds.report import compute_report
from ds.store_results import open_run, save_report
from local.postgres import Postgres
from local.processes import free_port
from tests.bench.big_gym import NOW, fill
from tests.bench.tables import describe_machine, write_section
from tests.fixtures.postgres import ROOT, MigratedDatabase, Server

Timing = dict[str, float]
LABELS = {1: "Loyalist", 2: "At Risk", 3: "New/Potential", 0: "High-Value"}


STAGES = {
    "read": "read",
    "compute": "compute",
    "write": "write",
    "total": "total",
    "cpu": "processor time of the client",
}


class Stopwatch:
    """Splits one computation into its stages."""

    def __init__(self) -> None:
        self.seconds: Timing = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        self.seconds[name] = time.perf_counter() - began


def measure_first(database: MigratedDatabase) -> Timing:
    """Our first run of a gym: every row is new."""
    engine = create_engine(database.superuser_url)
    with engine.begin() as connection:
        connection.execute(text("truncate rfm, clv"))
    engine.dispose()
    return _measure_ours(database, NOW)


def measure_nightly(database: MigratedDatabase) -> Timing:
    """Our run of the night after: everybody's recency has changed."""
    return _measure_ours(database, NOW + timedelta(days=1))


def _measure_ours(database: MigratedDatabase, now: datetime) -> Timing:
    """What `ds.pipeline` does for a gym, retention and cohorts included."""
    engine = make_engine(database.ops_url, pool_size=2, statement_timeout_ms=0)
    factory = make_session_factory(engine)
    watch = Stopwatch()
    with watch.stage("read"), session_scope(factory) as session:
        gym = session.get_one(Gym, 1)
        as_of = read_as_of(session, gym, now)
        dataset = read_dataset(session, gym, as_of)
    with watch.stage("compute"):
        report = compute_report(dataset)
    with watch.stage("write"), open_run(factory, gym, as_of) as run:
        assert run is not None
        save_report(factory, run, report)
    engine.dispose()
    return watch.seconds


def measure_predecessor(database: MigratedDatabase) -> Timing:
    """The way of the system this one replaces: all rows, a lambda per member, replaced tables."""

    def recency(rows: pd.DataFrame, today: pd.Timestamp) -> "pd.Series[int]":
        return rows.groupby("customer_id")["check_in"].agg(lambda times: (today - times.max()).days)

    return _measure_rows(database, recency)


def measure_vectorised(database: MigratedDatabase) -> Timing:
    """The predecessor's way without its lambda: what a better groupby alone would gain."""

    def recency(rows: pd.DataFrame, today: pd.Timestamp) -> "pd.Series[int]":
        return (today - rows.groupby("customer_id")["check_in"].max()).dt.days

    return _measure_rows(database, recency)


def _measure_rows(
    database: MigratedDatabase,
    recency: Callable[[pd.DataFrame, pd.Timestamp], "pd.Series[int]"],
) -> Timing:
    engine = create_engine(database.superuser_url)
    watch = Stopwatch()
    with watch.stage("read"):
        # Only the columns it needs: the predecessor read every one.
        check_ins = pd.read_sql("select customer_id, check_in from attendance", engine)
        payments = pd.read_sql("select customer_id, amount from transactions", engine)
    with watch.stage("compute"):
        today = check_ins["check_in"].max()
        rfm = pd.DataFrame({"Recency": recency(check_ins, today)})
        rfm["Frequency"] = check_ins.groupby("customer_id").size()
        money = payments.groupby("customer_id")["amount"].agg(["sum", "count"])
        rfm["Monetary"] = money["sum"]
        rfm = rfm.fillna(0)
        scaled = StandardScaler().fit_transform(rfm)
        rfm["Segment"] = KMeans(n_clusters=4, random_state=42).fit_predict(scaled)
        rfm["Segment"] = rfm["Segment"].map(LABELS)
        clv = rfm.assign(average_order_value=(money["sum"] / money["count"]).fillna(0))
        clv["clv_value"] = clv["average_order_value"] * clv["Frequency"]
    with watch.stage("write"):
        _replace(engine, rfm, "bench_rfm")
        _replace(engine, clv[["clv_value", "average_order_value", "Segment"]], "bench_clv")
    engine.dispose()
    return watch.seconds


def _replace(engine: Engine, frame: pd.DataFrame, table: str) -> None:
    frame.reset_index().to_sql(table, engine, if_exists="replace", index=False)


WAYS: dict[str, Callable[[MigratedDatabase], Timing]] = {
    "predecessor": measure_predecessor,
    "vectorised": measure_vectorised,
    "first": measure_first,
    "nightly": measure_nightly,
}


def check_results(database: MigratedDatabase) -> None:
    """Both ways must have counted the same visits of the same members."""
    engine = create_engine(database.superuser_url)
    with engine.connect() as connection:
        different = connection.execute(
            text(
                "select count(*) from rfm full join bench_rfm using (customer_id)"
                ' where frequency_score is distinct from "Frequency"::bigint'
                ' or round(100 * monetary_score) is distinct from round("Monetary"::numeric)'
            )
        ).scalar_one()
    engine.dispose()
    if different:
        raise SystemExit(f"segments: {different} members differ between the ways")


def measure_apart(name: str, database: MigratedDatabase) -> Timing:
    """Measure a way in a process of its own, so that its peak memory is its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.segments", "--way", name, "--name", database.name],
        env={**os.environ, **database.environment, "BENCH_URL": database.superuser_url},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    timing: Timing = json.loads(done.stdout)
    return timing


def describe(results: dict[str, list[Timing]], made: dict[str, float], runs: int) -> str:
    """The table and what has to be known to judge it."""

    def median(way: str, stage: str) -> float:
        return statistics.median(timing[stage] for timing in results[way])

    rows = []
    for stage, label in STAGES.items():
        cells = " | ".join(f"{median(way, stage):.2f} s" for way in results)
        ratio = median("predecessor", stage) / median("nightly", stage)
        rows.append(f"| {label} | {cells} | {ratio:.1f} |")
    memory = " | ".join(f"{median(way, 'peak_mb'):,.0f} MB" for way in results)
    ratio = median("predecessor", "peak_mb") / median("nightly", "peak_mb")
    first = median("predecessor", "total") / median("first", "total")
    return f"""## Segments and lifetime values of one gym

{made["customers"]:,} members, {made["attendance"]:,} visits, {made["transactions"]:,} ledger lines,
from PostgreSQL to stored rows. "Predecessor" is the way of the system this one replaces, on the
same database: `read_sql` of the raw rows, `groupby` with a lambda, KMeans, `to_sql`. "Vectorised"
is the same with `groupby().max()` instead of the lambda. Ours reads `member_stats`, and also
computes monthly churn and cohorts, with ten starts of KMeans instead of one. The first run writes
every row new and PostgreSQL checks all its references; each night after that updates what differs.

| | predecessor | vectorised | ours, first run | ours, each night | predecessor / each night |
| --- | ---: | ---: | ---: | ---: | ---: |
{chr(10).join(rows)}
| peak memory | {memory} | {ratio:.1f} |

What ours does not pay for here is paid with each check-in, which keeps the member's row of
`member_stats`; building all of them anew takes {made["statistics"]:.0f} s for this gym.
The predecessor takes {first:.1f} times as long as our first run.
{"Median of " + str(runs) + " runs" if runs > 1 else "One run"}, each in its own process,
{describe_machine()}, shared with other work: load {os.getloadavg()[1]:.1f} at the end.
Made by `python -m tests.bench.segments`.
"""


@contextmanager
def open_server() -> Iterator[Server]:
    given = os.environ.get("TEST_SUPERUSER_DATABASE_URL")
    if given:
        yield Server(make_url(name_driver(given)))
        return
    with tempfile.TemporaryDirectory(prefix="comeback-bench-") as folder:
        private = Postgres(Path(folder), password=secrets.token_urlsafe(16), port=free_port())
        private.start(log=Path(folder) / "postgres.log")
        try:
            yield Server(make_url(private.url()))
        finally:
            private.remove()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.segments", description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--visits", type=int, default=10_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--dry", action="store_true", help="print the table, write no page")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--name", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.way:
        server = Server(make_url(os.environ["BENCH_URL"]))
        began = time.process_time()
        timing = WAYS[chosen.way](server.database(chosen.name))
        cpu = time.process_time() - began
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        total = sum(timing.values())
        print(json.dumps({**timing, "total": total, "cpu": cpu, "peak_mb": peak}))
        return
    with open_server() as server:
        name = f"comeback_bench_{secrets.token_hex(4)}"
        try:
            database = server.copy(server.migrated_template(), name)
            made = fill(
                database.superuser_url,
                database.ops_url,
                members=chosen.members,
                visits=chosen.visits,
            )
            print(f"segments: filled {made}", file=sys.stderr)
            results: dict[str, list[Timing]] = {way: [] for way in WAYS}
            for _ in range(chosen.runs):
                for way in WAYS:
                    results[way].append(measure_apart(way, database))
                    print(f"segments: {way} {results[way][-1]}", file=sys.stderr)
            check_results(database)
        finally:
            server.drop(name)
    text_of = describe(results, made, chosen.runs)
    print(text_of)
    if not chosen.dry:
        write_section("segments", text_of)


if __name__ == "__main__":
    main()
