"""Many desks that watch one gym's door: what they cost the API, and how late they are told.

`python -m tests.bench.live_desk` starts a PostgreSQL of its own, serves the API from a process of
its own, and writes a table between its markers in docs/benchmarks.md. Peers: the same API with one
desk, and bare Starlette, which keeps its listeners in a set and tells them of a POST at once,
without a database. Ratios count; absolute times are this machine's.
"""

import argparse
import asyncio
import json
import os
import random
import secrets
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import uvicorn
from sqlalchemy import make_url, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, StreamingResponse
from starlette.routing import Route

from api.kit.access_tokens import AccessClaims, issue_access_token
from api.main import create_app
from db.models import Role, User
from db.session import make_engine, make_session_factory, session_scope
from local.postgres import Postgres
from local.processes import free_port
from tests.bench.serving import Served, serve
from tests.bench.tables import describe_machine, write_section
from tests.factories.gyms import create_gym
from tests.factories.members import create_member
from tests.fixtures.api import SECRET_KEY, make_settings
from tests.fixtures.postgres import MigratedDatabase, Server

DESKS, VISITS = 500, 40
PAUSES = 0.4, 1.4
"""Seconds between two visits, drawn at random: the API looks twice a second."""
PATIENCE = 20.0
LIVE, ENTER = "/api/v1/check-ins/live", "/api/v1/check-ins"
QUIETLY: dict[str, Any] = {"log_level": "critical", "access_log": False}


def run_ours(database: MigratedDatabase, port: int) -> None:
    limits = {"rate_limit_user": 0, "rate_limit_gym": 0, "rate_limit_address": 0}
    uvicorn.run(
        create_app(make_settings(database, live_seconds=600, **limits)), port=port, **QUIETLY
    )


def run_bare(port: int) -> None:
    """No caller, no rules, no database, and nothing is missed only while nothing breaks."""
    listeners: set[asyncio.Queue[bytes]] = set()
    entry = {"member_name": "Mia", "check_in": datetime.now(UTC).isoformat(), "alerts": []}

    async def live(_request: Request) -> StreamingResponse:
        waiting: asyncio.Queue[bytes] = asyncio.Queue()
        listeners.add(waiting)
        await waiting.put(b"event: occupancy\ndata: {}\n\n")

        async def follow() -> Any:
            while True:
                yield await waiting.get()

        return StreamingResponse(follow(), media_type="text/event-stream")

    async def enter(request: Request) -> JSONResponse:
        told = await request.json() | entry | {"check_in_id": time.perf_counter_ns()}
        data = f"event: check_in\ndata: {json.dumps(told)}\nid: {told['check_in_id']}\n\n"
        for waiting in listeners:
            waiting.put_nowait(data.encode())
        return JSONResponse(told, 201)

    async def ready(_request: Request) -> JSONResponse:
        return JSONResponse({})

    routes = [Route(LIVE, live), Route(ENTER, enter, methods=["POST"]), Route("/ready", ready)]
    uvicorn.run(Starlette(routes=routes), port=port, **QUIETLY)


@dataclass
class Measured:
    empty: float
    """Megabytes of the process before anybody watches."""
    watched: float = 0.0
    delays: list[float] = field(default_factory=list)
    """Seconds from a check-in that is sent until a desk was told, of each desk and each visit."""
    seconds: float = 0.0
    """Of the processor, for one visit."""


@dataclass
class Desk:
    """One reader: when it was told of a visit, by the visit's id."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    """Held, or the connection would be closed."""
    told: dict[int, float] = field(default_factory=dict)

    async def follow(self) -> None:
        while line := await self.reader.readline():
            if line.startswith(b"id: "):
                self.told[int(line[4:])] = time.perf_counter()


async def open_desk(port: int, token: str) -> Desk:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_write("GET", LIVE, token))
    await writer.drain()
    while not (await reader.readline()).startswith(b"event: occupancy"):
        pass
    return Desk(reader, writer)


async def enter(port: int, token: str, member_id: int) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(_write("POST", ENTER, token, json.dumps({"member_id": member_id})))
    answer = await reader.read()
    writer.close()
    assert answer.startswith(b"HTTP/1.1 201"), answer
    return int(json.loads(answer.partition(b"\r\n\r\n")[2])["check_in_id"])


def _write(method: str, path: str, token: str, body: str = "") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", f"Authorization: Bearer {token}"]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        lines += ["Connection: close"]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


async def measure(served: Served, token: str, member_ids: list[int], desks: int) -> Measured:
    await enter(served.port, token, member_ids[0])  # what is made once is made
    measured = Measured(served.read_memory())
    watching = [await open_desk(served.port, token) for _ in range(desks)]
    async with asyncio.TaskGroup() as following:
        tasks = [following.create_task(desk.follow()) for desk in watching]
        await asyncio.sleep(2)
        measured.watched = served.read_memory()
        drawn, used = random.Random(5), served.read_cpu()
        for member_id in member_ids[1:]:
            sent = time.perf_counter()
            visit = await enter(served.port, token, member_id)
            while not all(visit in desk.told for desk in watching):
                assert time.perf_counter() - sent < PATIENCE, "a desk was not told"
                await asyncio.sleep(0.005)
            measured.delays += [desk.told[visit] - sent for desk in watching]
            await asyncio.sleep(drawn.uniform(*PAUSES))
        measured.seconds = (served.read_cpu() - used) / (len(member_ids) - 1)
        for task in tasks:
            task.cancel()
    for desk in watching:
        desk.writer.close()
    return measured


def make_members(database: MigratedDatabase) -> tuple[str, list[int]]:
    """A token of the owner of a new gym, and its members."""
    ops = make_engine(database.ops_url, pool_size=1)
    with session_scope(make_session_factory(ops)) as session:
        gym = create_gym(session)
        members = [
            create_member(session, gym=gym, join_date=date(2026, 1, 1)) for _ in range(VISITS + 1)
        ]
        owner = session.scalars(
            select(User).where(User.gym_id == gym.gym_id, User.role == Role.OWNER)
        ).one()
        claims = AccessClaims(owner.user_id, gym.gym_id, owner.token_version)
        ids = [member.member_id for member in members]
    ops.dispose()
    return issue_access_token(claims, SECRET_KEY, now=datetime.now(UTC)), ids


def measure_all(database: MigratedDatabase, desks: int) -> dict[str, tuple[int, Measured]]:
    """Each in a process of its own."""
    found: dict[str, tuple[int, Measured]] = {}
    ours: Callable[..., None] = partial(run_ours, database)
    for name, run, count in (
        ("one desk", ours, 1),
        (f"{desks} desks", ours, desks),
        (f"bare Starlette, {desks} listeners", run_bare, desks),
    ):
        token, ids = make_members(database)
        with serve(run) as served:
            found[name] = count, asyncio.run(measure(served, token, ids, count))
    return found


def write_row(name: str, count: int, one: Measured) -> str:
    each = (one.watched - one.empty) / count * 1024
    ninety_ninth = statistics.quantiles(one.delays, n=100)[98]
    cells = [
        name,
        f"{one.empty:.0f} MB",
        f"{one.watched:.0f} MB",
        f"{each:.0f} KB" if count > 1 else "",
        f"{statistics.median(one.delays):.2f} s",
        f"{ninety_ninth:.2f} s",
        f"{one.seconds * 1e3:.0f} ms",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--desks", type=int, default=DESKS)
    parser.add_argument("--dry", action="store_true", help="print, and write no page")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="comeback-bench-") as folder:
        private = Postgres(
            Path(folder), password=secrets.token_urlsafe(16), choice="wheel", port=free_port()
        )
        private.start(log=Path(folder) / "postgres.log")
        try:
            server = Server(make_url(private.url()))
            database = server.copy(server.migrated_template(), "bench")
            found = measure_all(database, options.desks)
        finally:
            private.remove()
    header = ("who watches", "empty", "watched", "a desk", "told after, median", "99 %",
              "processor for a visit")  # fmt: skip
    table = [f"| {' | '.join(header)} |", "| --- | " + "---: | " * (len(header) - 1)]
    table += [write_row(name, count, one) for name, (count, one) in found.items()]
    note = (
        f"{VISITS} visits, each told to every desk of one gym, {PAUSES[0]} to {PAUSES[1]} s apart;"
        " no desk missed one. Memory is what the process holds (RSS). The API looks twice a second,"
        " so a quarter of a second is what a desk waits on average by design; the peer has no"
        " database to look at and tells nobody what happened while they were away."
        f" {describe_machine()}, load {os.getloadavg()[1]:.1f} while measuring."
        " Made by `python -m tests.bench.live_desk`."
    )
    section = "\n".join([*table, "", note])
    if not options.dry:
        write_section("live-desk", "## Desks that watch the door\n\n" + section)
    print(section)


if __name__ == "__main__":
    main()
