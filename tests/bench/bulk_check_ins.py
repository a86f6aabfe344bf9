"""Bulk check-ins from the request to the last row stored, against a bare COPY and INSERT.

`python -m tests.bench.bulk_check_ins` starts a PostgreSQL and a RabbitMQ of its own, the API, the
relay and a worker, loads the same rows in three ways in turn, each time into a fresh gym, and
writes the table between its markers in docs/benchmarks.md. Ratios count; absolute times are this
machine's.
"""

import argparse
import io
import os
import random
import secrets
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import psycopg2
from sqlalchemy import make_url, text
from sqlalchemy.orm import sessionmaker

from api.kit.access_tokens import AccessClaims, issue_access_token
from db.member_facts import write_freely
from db.models import User
from db.session import GymSession, make_engine, make_session_factory, session_scope
from db.types import GymId
from local.postgres import Postgres
from local.processes import die_with_parent, free_port
from tests.bench.tables import describe_machine, write_section
from tests.factories.gyms import create_gym
from tests.factories.members import create_numbered_members
from tests.fixtures.api import SECRET_KEY
from tests.fixtures.postgres import ROOT, MigratedDatabase, Server
from tests.fixtures.processes import Processes, wait_for
from tests.fixtures.rabbitmq import run_rabbitmq

COLUMNS = "customer_id, check_in, check_out, method"
TYPES = "customer_id bigint, check_in timestamptz, check_out timestamptz, method text"
SIZES = {100_000: (2_000, 3), 1_000_000: (5_000, 1)}
"""Rows: how many members they are of, and how often each way is measured."""


@dataclass
class Bench:
    database: MigratedDatabase
    ops: sessionmaker[GymSession]
    app: sessionmaker[GymSession]
    http: httpx.Client

    def make_gym(self, members: int) -> tuple[int, str, dict[int, int]]:
        """A gym, a token of its owner, and its members' ids by number."""
        with session_scope(self.ops) as session:
            gym = create_gym(session, hashed_password="unused", timezone="Europe/Lisbon")
            create_numbered_members(session, gym=gym, count=members)
            ids = session.execute(
                text("select number::int, customer_id from customers where gym_id = :gym_id"),
                {"gym_id": gym.gym_id},
            ).all()
            owner = session.query(User).filter_by(gym_id=gym.gym_id).one()
        claims = AccessClaims(owner.user_id, gym.gym_id, owner.token_version)
        token = issue_access_token(claims, SECRET_KEY, now=datetime.now(UTC))
        return gym.gym_id, token, {row[0]: row[1] for row in ids}

    def copy_and_insert(self, rows: int, members: int) -> float:
        """The yardstick: what any way past the policy has to do, and nothing else."""
        gym_id, _, ids = self.make_gym(members)
        content = "".join(f"{ids[n]},{a}Z,{b}Z,qr\n" for n, a, b in make_rows(rows, members))
        begin = time.perf_counter()
        with session_scope(self.app, GymId(gym_id)) as session:
            session.execute(text(f"create temporary table bare ({TYPES}) on commit drop"))
            cursor = session.connection().connection.cursor()
            cursor.copy_expert("copy bare from stdin (format csv)", io.StringIO(content))
            write_freely(session)
            session.execute(
                text(
                    f"insert into attendance (gym_id, {COLUMNS}) select :gym_id, {COLUMNS}"
                    " from bare"
                ),
                {"gym_id": gym_id},
            )
        return time.perf_counter() - begin

    def copy_by_ops(self, rows: int, members: int) -> float:
        """Past the policies, which only a role above all gyms may."""
        gym_id, _, ids = self.make_gym(members)
        content = "".join(
            f"{gym_id},{ids[n]},{a}Z,{b}Z,qr\n" for n, a, b in make_rows(rows, members)
        )
        connection = psycopg2.connect(
            make_url(self.database.ops_url)
            .set(drivername="postgresql")
            .render_as_string(hide_password=False)
        )
        begin = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.copy_expert(
                f"copy attendance (gym_id, {COLUMNS}) from stdin (format csv)",
                io.StringIO(content),
            )
        taken = time.perf_counter() - begin
        connection.close()
        return taken

    def send(self, rows: int, members: int) -> float:
        """Ours: local times to be checked and converted, double taps to be found, figures kept."""
        gym_id, token, _ = self.make_gym(members)
        lines = "".join(f"{n},{a},{b},qr\n" for n, a, b in make_rows(rows, members))
        content = f"number,check_in,check_out,method\n{lines}".encode()
        headers = {"Authorization": f"Bearer {token}"}
        begin = time.time()
        answer = self.http.post(
            "/api/v1/check-ins/bulk", files={"file": ("door.csv", content)}, headers=headers
        )
        assert answer.status_code == 202, answer.text
        location = answer.headers["location"]
        while True:
            time.sleep(0.5)
            job = self.http.get(location, headers=headers).json()
            if job["state"] in ("done", "failed"):
                break
        assert job["result"] == {
            "rows_read": rows, "loaded": rows, "duplicates": 0, "unchanged": 0, "errors": 0,
        }, job  # fmt: skip
        with session_scope(self.ops) as session:
            found = session.execute(
                text("select count(*) from attendance where gym_id = :gym_id"), {"gym_id": gym_id}
            ).scalar_one()
        assert found == rows
        return datetime.fromisoformat(job["finished_at"]).timestamp() - begin


def make_rows(rows: int, members: int) -> list[tuple[int, str, str]]:
    """Number, entry and exit in local time, in the order of time as doors write them; no double
    taps, so that each way writes the same rows."""
    chance = random.Random(rows)
    first = datetime.fromisoformat("2024-01-01T06:00:00")
    order = list(range(1, members + 1))
    made = []
    day = first
    while len(made) < rows:
        chance.shuffle(order)
        for place, number in enumerate(order[: members // 3]):
            at = day + timedelta(seconds=place * 50_000 * 3 // members)
            out = at + timedelta(minutes=chance.randrange(30, 100))
            made.append((number, at.isoformat(), out.isoformat()))
        day += timedelta(days=1)
    return made[:rows]


@contextmanager
def run_platform():  # type: ignore[no-untyped-def]
    """A database, a broker, and the processes of the platform."""
    with tempfile.TemporaryDirectory(prefix="comeback-bench-") as name, run_rabbitmq() as rabbitmq:
        folder = Path(name)
        postgres = Postgres(folder, password=secrets.token_urlsafe(16), port=free_port())
        postgres.start(folder / "postgres.log")
        processes = None
        try:
            server = Server(make_url(postgres.url()))
            database = server.copy(server.migrated_template(), "comeback_bench")
            environment = database.environment | {
                "BROKER_URL": rabbitmq.url,
                "UPLOAD_DIR": str(folder / "uploads"),
                "REDIS_URL": "",
            }
            processes = Processes(environment, folder)
            processes.start("relay", "worker")
            processes.wait_until_works("relay", "worker")
            port = free_port()
            with open(folder / "api.log", "ab") as log:
                api = subprocess.Popen(
                    [
                        sys.executable, "-m", "uvicorn", "api.main:app", "--port", str(port),
                        "--no-access-log",
                    ],
                    env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
                    preexec_fn=die_with_parent(signal.SIGKILL),
                )  # fmt: skip
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=300) as http:
                wait_for(lambda: _answers(http))
                ops = make_engine(database.ops_url, pool_size=2, statement_timeout_ms=0)
                app = make_engine(database.app_url, pool_size=2, statement_timeout_ms=0)
                yield Bench(database, make_session_factory(ops), make_session_factory(app), http)
                ops.dispose()
                app.dispose()
            api.kill()
            api.wait()
        finally:
            if processes is not None:
                processes.kill_all()
            postgres.remove()


def _answers(http: httpx.Client) -> bool:
    try:
        return http.get("/health").status_code == 200
    except httpx.TransportError:
        return False


def measure(bench: Bench, rows: int) -> tuple[dict[str, float], list[float]]:
    """The medians of each way, and of each round the yardstick's time in ours; each round does all
    of them in turn, so that what else the machine does meets all alike."""
    members, rounds = SIZES[rows]
    ways: dict[str, Callable[[int, int], float]] = {
        "bare": bench.copy_and_insert,
        "ours": bench.send,
        "ops": bench.copy_by_ops,
    }
    bench.send(1_000 if rows > 1_000 else rows, 300)  # everything has run once
    times: dict[str, list[float]] = {name: [] for name in ways}
    for round_ in range(rounds):
        for name, way in ways.items():
            times[name].append(way(rows, members))
        print(round_, {name: round(taken[-1], 2) for name, taken in times.items()}, flush=True)
    ratios = [bare / ours for bare, ours in zip(times["bare"], times["ours"], strict=True)]
    return {name: statistics.median(taken) for name, taken in times.items()}, ratios


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="*", default=list(SIZES), choices=list(SIZES))
    parser.add_argument("--write", action="store_true", help="into docs/benchmarks.md")
    options = parser.parse_args()
    lines = [
        "| rows | members | COPY by ops | COPY and INSERT under the policy (yardstick) | ours, from"
        " the request to the last row | yardstick / ours | rows a second, ours |",
        "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    begin, rounds = os.getloadavg()[0], []
    with run_platform() as bench:
        for rows in options.rows:
            found, ratios = measure(bench, rows)
            rounds += [f"{ratio:.2f}" for ratio in ratios]
            lines.append(
                f"| {rows:,} | {SIZES[rows][0]:,} | {found['ops']:.1f} s | {found['bare']:.1f} s |"
                f" {found['ours']:.1f} s | {statistics.median(ratios):.2f} |"
                f" {rows / found['ours']:,.0f} |"
            )
    load = os.getloadavg()[0]
    lines += [
        "",
        f"The goal is a ratio of at least 0.5. Round by round it was {', '.join(rounds)}.",
        "",
        "The yardstick copies typed instants of known ids into a temporary table and inserts them."
        " Ours takes a file of local times over HTTP, hands it to a worker through RabbitMQ, checks"
        " each row, finds members by number, looks for double taps, and keeps hours and member"
        " statistics true in each commit; it stores two parts at a time, by two connections, where"
        " the yardstick has one. COPY by ops goes past the policies.",
        "",
        "Medians of "
        + ", ".join(f"{SIZES[rows][1]} at {rows:,} rows" for rows in options.rows)
        + f", the three ways in turn. {describe_machine()}, shared with other work: load"
        f" {begin:.1f} before and {load:.1f} at the end. Made by"
        " `python -m tests.bench.bulk_check_ins --write`.",
    ]
    page = "\n".join(lines)
    print(page)
    if options.write:
        write_section("bulk-check-ins", f"## Bulk check-ins\n\n{page}")


if __name__ == "__main__":
    main()
