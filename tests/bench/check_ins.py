"""A check-in by the API against a bare INSERT by the same framework, and a steady stream of them.

`python -m tests.bench.check_ins` with the URLs of an empty database in the environment, as for
`tests.bench.at_risk_page`: makes a gym of 100,000 members and 1,000,000 visits and nine smaller
ones, and writes a table between its markers in docs/benchmarks.md. The peer is FastAPI and psycopg2
with a pool of as many connections: one route, one INSERT, one COMMIT, no caller, no rules.
"""

import argparse
import asyncio
import itertools
import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import psycopg2.pool
import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sqlalchemy import create_engine, make_url, text
from sqlalchemy.pool import NullPool

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.kit.settings import Settings
from api.main import create_app
from db.member_facts import write_freely
from db.session import POOL_SIZE, make_engine, make_session_factory, session_scope
from db.stats.member_stats import refresh_member_stats
from tests.bench.at_risk_page import GYM_ID, prepare
from tests.bench.load import find_99th, make_table
from tests.bench.serving import Served, serve
from tests.bench.tables import describe_machine, write_section

CONNECTIONS = 16
ROUNDS, SECONDS = 7, 5.0
RATE, STEADY_SECONDS = 200, 60.0
QUIETLY: dict[str, Any] = {
    "log_level": "critical",
    "access_log": False,
    "timeout_keep_alive": 600,  # else it would close what is about to be used
}
GYMS = 10
OTHERS = 5_000
"""Members of each of the other gyms."""
_NEIGHBOURS = """
insert into gyms (gym_id, name, username, email, hashed_password)
select g, 'Bench ' || g, 'bench' || g, 'bench' || g || '@example.com', 'x'
from generate_series(2, {gyms}) g on conflict do nothing;
insert into users (gym_id, role, name, email, email_key)
select g, 'owner', 'Owner', 'bench' || g || '@example.com', 'bench' || g || '@example.com'
from generate_series(2, {gyms}) g on conflict do nothing;
insert into customers (gym_id, customer_id, name, name_key, join_date)
select g, g * 1000000 + n, 'Member ' || n, 'member ' || n, '2025-01-01'
from generate_series(2, {gyms}) g, generate_series(1, {members}) n on conflict do nothing;
"""
_BARE = """
create table if not exists bare_attendance (
  attendance_id bigint generated always as identity primary key, gym_id bigint not null,
  customer_id bigint not null, check_in timestamptz not null, check_out timestamptz,
  method text, created_at timestamptz default now());
create unique index if not exists bare_once on bare_attendance (gym_id, customer_id, check_in);
create index if not exists bare_by_time on bare_attendance (gym_id, check_in);
grant all on bare_attendance to comeback_app;
"""


class Scan(BaseModel):
    member_id: int
    method: str = "manual"


def run_bare(url: str, port: int) -> None:
    """The yardstick."""
    pool = psycopg2.pool.ThreadedConnectionPool(POOL_SIZE, POOL_SIZE, url)
    app = FastAPI()

    @app.get("/ready")
    def ready() -> None:
        pass

    @app.post("/check-ins", status_code=201)
    def enter(data: Scan) -> dict[str, object]:
        connection = pool.getconn()
        try:
            with connection.cursor() as cursor:
                cursor.execute(
                    "insert into bare_attendance (gym_id, customer_id, check_in, method)"
                    " values (%s, %s, now(), %s) returning attendance_id, check_in",
                    (GYM_ID, data.member_id, data.method),
                )
                check_in_id, check_in = cursor.fetchone() or (0, None)
            connection.commit()
        finally:
            pool.putconn(connection)
        return {"check_in_id": check_in_id, "member_id": data.member_id, "check_in": check_in}

    uvicorn.run(app, port=port, **QUIETLY)


def run_ours(settings: Settings, port: int) -> None:
    uvicorn.run(create_app(settings), port=port, **QUIETLY)


@dataclass
class Measured:
    statuses: Counter[int] = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)


class Client(asyncio.Protocol):
    """One connection that is kept open; one request at a time."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self._answer = b""
        self._wanted: asyncio.Future[int] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._answer += data
        head, blank, body = self._answer.partition(b"\r\n\r\n")
        if not blank or self._wanted is None:
            return
        length = int(head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0] or 0)
        if len(body) >= length:
            self._answer = b""
            self._wanted.set_result(int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        if self._wanted is not None and not self._wanted.done():
            self._wanted.set_exception(error or ConnectionError("the connection was closed"))

    async def send(self, request: bytes) -> int:
        assert self.transport is not None
        self._wanted = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._wanted


Requests = Iterator[bytes]


def write_request(path: str, body: str = "", **headers: str) -> bytes:
    lines = [f"{'POST' if body else 'GET'} {path} HTTP/1.1", "Host: 127.0.0.1"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


def close_the_loop(
    port: int, requests: Requests, *, seconds: float, callers: int = CONNECTIONS
) -> Measured:
    """Callers who each wait for an answer before they ask again."""
    measured = Measured()

    async def ask(ends_at: float) -> None:
        loop = asyncio.get_running_loop()
        _, client = await loop.create_connection(Client, "127.0.0.1", port)
        while time.perf_counter() < ends_at:
            measured.statuses[await client.send(next(requests))] += 1

    async def ask_all() -> None:
        ends_at = time.perf_counter() + seconds
        await asyncio.gather(*(ask(ends_at) for _ in range(callers)))

    asyncio.run(ask_all())
    return measured


def open_the_loop(ports: Sequence[int], requests: Requests, *, seconds: float) -> Measured:
    """`RATE` requests a second, whatever becomes of those before; timed from when each was due."""
    measured = Measured()

    async def ask(idle: list[Client], port: int, due: float) -> None:
        loop = asyncio.get_running_loop()
        if idle:
            client = idle.pop()
        else:
            _, client = await loop.create_connection(Client, "127.0.0.1", port)
        measured.statuses[await client.send(next(requests))] += 1
        measured.times.append(time.perf_counter() - due)
        idle.append(client)

    async def ask_all() -> None:
        begun = time.perf_counter()
        idle: dict[int, list[Client]] = {port: [] for port in ports}
        asking = []
        for number in range(int(RATE * seconds)):
            due = begun + number / RATE
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            port = ports[number % len(ports)]
            asking.append(asyncio.create_task(ask(idle[port], port, due)))
        await asyncio.gather(*asking)

    asyncio.run(ask_all())
    return measured


@dataclass(frozen=True)
class Way:
    """One way of recording a visit, or of less."""

    name: str
    served: Served
    requests: Requests


def alternate(ways: Sequence[Way]) -> dict[str, tuple[float, float]]:
    """Requests a second and milliseconds of processor time of the API for one: medians of rounds in
    which all of them take turns."""
    rates: dict[str, list[float]] = {way.name: [] for way in ways}
    costs: dict[str, list[float]] = {way.name: [] for way in ways}
    for _ in range(ROUNDS):
        for way in ways:
            before = way.served.read_cpu()
            measured = close_the_loop(way.served.port, way.requests, seconds=SECONDS)
            answered = sum(measured.statuses.values())
            assert set(measured.statuses) <= {200, 201}, (way.name, measured.statuses)
            rates[way.name].append(answered / SECONDS)
            costs[way.name].append((way.served.read_cpu() - before) * 1000 / answered)
    return {
        name: (statistics.median(rates[name]), statistics.median(costs[name])) for name in rates
    }


def add_gyms(settings: Settings) -> None:
    superuser = make_engine(str(settings.superuser_database_url), pool_size=1)
    with session_scope(make_session_factory(superuser)) as session:
        connection = session.connection()
        connection.exec_driver_sql(_BARE)
        write_freely(session)
        connection.exec_driver_sql(_NEIGHBOURS.format(gyms=GYMS, members=OTHERS))
        for gym_id in range(2, GYMS + 1):
            refresh_member_stats(session, gym_id)
    superuser.dispose()


def read_people(settings: Settings) -> dict[int, tuple[int, list[int]]]:
    """By gym: its owner, and its members."""
    superuser = create_engine(str(settings.superuser_database_url))
    with superuser.connect() as connection:
        owners: dict[int, int] = dict(
            connection.execute(text("select gym_id, user_id from users where role = 'owner'")).all()
        )
        members: dict[int, list[int]] = {gym_id: [] for gym_id in owners}
        for gym_id, member_id in connection.execute(
            text("select gym_id, customer_id from customers order by random()")
        ):
            members[gym_id].append(member_id)
    superuser.dispose()
    return {gym_id: (owners[gym_id], members[gym_id]) for gym_id in owners}


class Scans:
    """Requests that each record a visit of somebody who has not come yet."""

    def __init__(self, settings: Settings) -> None:
        now = datetime.now(UTC)
        self._people = {
            gym_id: (
                issue_access_token(AccessClaims(owner_id, gym_id, 0), settings.secret_key, now=now),
                iter(members),
            )
            for gym_id, (owner_id, members) in read_people(settings).items()
        }
        self._keys = itertools.count()

    def write(self, gym_id: int, *, has_key: bool = True) -> bytes:
        token, members = self._people[gym_id]
        headers = {"Authorization": f"Bearer {token}"}
        if has_key:
            headers["Idempotency_Key"] = f"bench-{os.getpid()}-{next(self._keys)}"
        body = f'{{"member_id":{next(members)},"method":"qr"}}'
        return write_request("/api/v1/check-ins", body, **headers)

    def look(self, gym_id: int) -> bytes:
        token, _ = self._people[gym_id]
        return write_request("/api/v1/auth/me", Authorization=f"Bearer {token}")


def repeat(write: Callable[[], bytes]) -> Requests:
    while True:
        yield write()


def measure_cost(settings: Settings, scans: Scans) -> list[list[str]]:
    url = make_url(settings.database_url).set(drivername="postgresql")
    numbers = itertools.count(1)
    with ExitStack() as stack:
        bare = stack.enter_context(serve(run_bare, url.render_as_string(hide_password=False)))
        ours = stack.enter_context(serve(run_ours, settings))
        found = alternate(
            [
                Way(
                    "bare INSERT",
                    bare,
                    repeat(lambda: write_request("/check-ins", f'{{"member_id":{next(numbers)}}}')),
                ),
                Way("ours", ours, repeat(lambda: scans.write(GYM_ID))),
                Way(
                    "ours, without an Idempotency-Key",
                    ours,
                    repeat(lambda: scans.write(GYM_ID, has_key=False)),
                ),
                Way(
                    "`GET /auth/me`: token, caller, policies, a logo",
                    ours,
                    repeat(lambda: scans.look(GYM_ID)),
                ),
            ]
        )
    bare_rate, bare_cost = found["bare INSERT"]
    return [
        [name, f"{rate / bare_rate:.2f}", f"{cost:.2f}", f"{cost / bare_cost:.1f}"]
        for name, (rate, cost) in found.items()
    ]


PARTS = {
    "who asks, under the policies": "begin_request",
    "the rules of the door": "read_access",
    "visit, statistics by increments, hour": "record_visit",
    "versions of cached responses": "move_versions",
    "the rest: the lock of the key, the answer": "record_scan",
}
"""Functions of the database, each without those that it calls and that stand here as well."""
_TIMES = """
select funcname, self_time / calls, total_time / calls from pg_stat_user_functions
where funcname = any(%s)
"""


def measure_parts(settings: Settings, scans: Scans) -> list[list[str]]:
    """What one check-in costs the database, part by part: one caller at a time."""
    superuser = create_engine(
        str(settings.superuser_database_url), isolation_level="AUTOCOMMIT", poolclass=NullPool
    )
    with superuser.connect() as connection:
        connection.exec_driver_sql("alter system set track_functions = 'all'")
        connection.exec_driver_sql("select pg_reload_conf(), pg_stat_reset()")
    try:
        with serve(run_ours, settings) as ours:
            close_the_loop(ours.port, repeat(lambda: scans.write(GYM_ID)), seconds=10, callers=1)
        with superuser.connect() as connection:
            names = list(PARTS.values())
            found = {
                name: (own, whole)
                for name, own, whole in connection.exec_driver_sql(_TIMES, (names,))
            }
    finally:
        with superuser.connect() as connection:
            connection.exec_driver_sql("alter system reset track_functions")
            connection.exec_driver_sql("select pg_reload_conf()")
    inner = found["read_access"][1]
    times = {name: own for name, (own, _) in found.items()}
    # Those of triggers and generated columns belong to the visit that fires them.
    times["record_visit"] = found["record_visit"][1] - inner
    whole = found["record_scan"][1]
    rows = [
        [part, f"{times[name]:.3f}", f"{times[name] / whole:.0%}"] for part, name in PARTS.items()
    ]
    return [*rows, ["all of the statement", f"{whole:.3f}", "100%"]]


def write_next(scans: Scans, turns: Iterator[int]) -> bytes:
    return scans.write(next(turns))


def measure_steady(settings: Settings, scans: Scans) -> list[list[str]]:
    rows = []
    with ExitStack() as stack:
        ports = [stack.enter_context(serve(run_ours, settings)).port for _ in range(2)]
        for name, gyms in (("one gym", [GYM_ID]), ("ten gyms", list(range(1, GYMS + 1)))):
            turns = itertools.cycle(gyms)
            requests = repeat(partial(write_next, scans, turns))
            for _ in range(2):  # connections and plans are there before it counts
                close_the_loop(ports[0], requests, seconds=1)
                close_the_loop(ports[1], requests, seconds=1)
            measured = open_the_loop(ports, requests, seconds=STEADY_SECONDS)
            milliseconds = [1000 * one for one in measured.times]
            rows.append(
                [
                    name,
                    ", ".join(f"{count:,} × {code}" for code, count in measured.statuses.items()),
                    f"{statistics.median(milliseconds):.0f}",
                    f"{find_99th(milliseconds):.0f}",
                ]
            )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--members", type=int, default=100_000)
    parser.add_argument("--visits", type=int, default=1_000_000)
    parser.add_argument("--dry", action="store_true", help="print, and write nothing")
    options = parser.parse_args()
    limits = dict.fromkeys(("rate_limit_user", "rate_limit_gym", "rate_limit_address"), 0)
    settings = Settings(redis_url=None).model_copy(update=limits)
    prepare(settings, options.members, options.visits)
    add_gyms(settings)
    scans = Scans(settings)
    costs = measure_cost(settings, scans)
    print(costs, flush=True)
    parts = measure_parts(settings, scans)
    print(parts, flush=True)
    steady = measure_steady(settings, scans)
    load = os.getloadavg()[1]
    page = (
        "## Check-ins\n\n"
        f"`POST /check-ins` by {CONNECTIONS} callers at once, each scan of another member, with a"
        " token, row-level security, an Idempotency-Key, the rules of the door and every figure"
        " that follows, against one INSERT and COMMIT by FastAPI and psycopg2. They take turns,"
        f" {ROUNDS} rounds of {SECONDS:.0f} s; medians. The goal is at least 0.33:"
        " where the second row has less, it is not reached.\n\n"
        + make_table(["", "requests a second / bare", "processor ms of the API", "/ bare"], costs)
        + "\n\nThe Idempotency-Key is the difference of the second and third row: a statement more."
        " What the one statement of a check-in costs the database, one caller at a time:\n\n"
        + make_table(["part", "ms", "share"], parts)
        + f"\n\n{RATE} a second for {STEADY_SECONDS:.0f} s, whatever becomes of those before,"
        f" through two processes of the API, at {options.visits:,} visits. The goal is no error"
        " and 250 ms.\n\n"
        + make_table(["into", "answers", "median ms", "99th percentile ms"], steady)
        + f"\n\nLimits on requests are off. {describe_machine()}, load {load:.1f} while measuring."
        " Made by `python -m tests.bench.check_ins`."
    )
    print(page)
    if not options.dry:
        write_section("check-ins", page)


if __name__ == "__main__":
    main()
